//! The language's scope constructs around a hold.

use std::panic;
use std::sync::Arc;
use std::time::Duration;

use fsfreezed::{Client, Error, Hold, Receipt, blocking};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use crate::driver::{Driver, Events};
use crate::fields::Fields;
use crate::native::receipt_answer;
use crate::told::{self, Failure, Told, of_error};

/// `with_hold`: the client's method of that name. `guard`: a value that is released at the end, and
/// dropped where the scope is left before. `blocking`: `with_hold` of the blocking client.
pub const FORMS: [&str; 3] = ["with_hold", "guard", "blocking"];

/// How often the blocking form looks.
const POLL: Duration = Duration::from_millis(20);

/// What comes out of a scope: its body's own error, or the client's.
enum Left {
    Boom,
    Client(Error),
}

impl From<Error> for Left {
    fn from(error: Error) -> Self {
        Self::Client(error)
    }
}

pub async fn run(driver: Arc<Driver>, client: Client, mut fields: Fields) -> Told {
    let options = fields.hold_options(Events::of(&fields.r#as));
    let targets = fields.targets();
    let (leave, left) = oneshot::channel();
    driver.kept().scopes.insert(fields.r#as.clone(), leave);
    let address = driver.kept().addresses.get(&fields.client).cloned();
    let (entered, id) = oneshot::channel();
    let body = Body {
        name: fields.r#as,
        entered,
        left,
    };
    let scope_client = client.clone();
    // A task of its own, because a panic ends it.
    let scope = tokio::spawn(async move {
        match fields.form.as_str() {
            "guard" => {
                let hold = scope_client.hold(targets, options).await?;
                body.run(&hold).await?;
                Ok(hold.release().await?)
            }
            "blocking" => {
                // A thread that knows nothing of the runtime.
                let thread = std::thread::spawn(move || {
                    let client = blocking::Client::connect(address.unwrap_or_default());
                    let client = client.expect("the async client took the address");
                    let body = |hold: &blocking::Hold| body.run_blocking(hold);
                    client.with_hold(targets, options, body)
                });
                let joined = tokio::task::spawn_blocking(move || thread.join()).await;
                let ((), receipt) = match joined.expect("joining does not panic") {
                    Ok(left) => left?,
                    Err(panic) => panic::resume_unwind(panic),
                };
                Ok(receipt)
            }
            _ => {
                let body = async |hold: &Hold| body.run(hold).await;
                let ((), receipt) = scope_client.with_hold(targets, options, body).await?;
                Ok(receipt)
            }
        }
    });
    let message = match scope.await {
        Ok(Ok(receipt)) => return Ok(receipt_answer(Ok(receipt))?),
        Ok(Err(Left::Client(error))) => return Err(error.into()),
        Ok(Err(Left::Boom)) => "boom".to_owned(),
        Err(error) => match error.into_panic().downcast::<&str>() {
            Ok(text) => (*text).to_owned(),
            Err(other) => panic::resume_unwind(other),
        },
    };
    Err(Failure::Body {
        message,
        receipt: match id.await {
            Ok(id) => receipt_of(&client, id).await,
            Err(_) => Value::Null,
        },
    })
}

struct Body {
    name: String,
    entered: oneshot::Sender<String>,
    left: oneshot::Receiver<String>,
}

impl Body {
    async fn run(self, hold: &Hold) -> Result<(), Left> {
        tokio::spawn(Events::of(&self.name).broken(hold));
        let _ = self.entered.send(hold.id().to_owned());
        told::event(
            "entered",
            json!({ "scope": self.name, "hold": hold.info() }),
        );
        match self.left.await.as_deref() {
            Ok("throw") => Err(Left::Boom),
            Ok("panic") => panic!("boom"),
            Ok("release") => {
                hold.release().await?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn run_blocking(mut self, hold: &blocking::Hold) -> Result<(), Left> {
        let _ = self.entered.send(hold.id().to_owned());
        let info = hold.info();
        told::event("entered", json!({ "scope": self.name, "hold": info }));
        let mut broken = false;
        let how = loop {
            match self.left.try_recv() {
                Err(TryRecvError::Empty) => {}
                how => break how,
            }
            if broken {
                std::thread::sleep(POLL);
            } else if let Err(error) = hold.check_for(POLL) {
                broken = true;
                told::event(
                    "broken",
                    json!({ "hold": self.name, "error": of_error(&error) }),
                );
            }
        };
        match how.as_deref() {
            Ok("throw") => Err(Left::Boom),
            Ok("panic") => panic!("boom"),
            Ok("release") => {
                hold.release()?;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// A hold that was dropped ends in the background.
async fn receipt_of(client: &Client, id: String) -> Value {
    for _ in 0..40 {
        let receipt: Option<Receipt> = match client.get_hold(&id).await {
            Ok(hold) => hold.receipt,
            Err(_) => return Value::Null,
        };
        if let Some(receipt) = receipt {
            return json!(receipt);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Value::Null
}
