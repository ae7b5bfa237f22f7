//! The language's scope constructs around a hold.

use std::panic;
use std::sync::Arc;
use std::time::Duration;

use fsfreezed::{Client, Error, Hold, Receipt};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::driver::{Driver, Events};
use crate::fields::Fields;
use crate::native::receipt_answer;
use crate::told::{self, Failure, Told};

/// `with_hold`: the client's method of that name. `guard`: a value that is released at the end, and
/// dropped where the scope is left before.
pub const FORMS: [&str; 2] = ["with_hold", "guard"];

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
