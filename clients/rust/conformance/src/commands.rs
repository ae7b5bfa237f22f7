//! The commands.

use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use fsfreezed::{Client, Error, Watch, WatchEvent, WatchOptions};
use serde_json::{Value, json};

use crate::driver::{Driver, Events};
use crate::fields::Fields;
use crate::native::{self, instant, receipt_answer};
use crate::scope;
use crate::told::{self, Failure, Told, of_error};

impl Driver {
    /// What needs no waiting.
    pub fn do_at_once(self: &Arc<Self>, fields: &mut Fields) -> Option<Told> {
        Some(match fields.r#do.as_str() {
            "connect" => connect(fields).map(|client| {
                self.kept().clients.insert(fields.r#as.clone(), client);
                self.kept()
                    .addresses
                    .insert(fields.r#as.clone(), fields.address.clone());
                json!({})
            }),
            "close" => {
                self.kept().clients.remove(&fields.client);
                Ok(json!({}))
            }
            "hold.cancel" => self.hold(&fields.hold).map(|hold| {
                hold.cancel();
                json!({})
            }),
            "hold.check" => self.hold(&fields.hold).and_then(|hold| {
                hold.check()?;
                Ok(json!({}))
            }),
            "hold.receipt" => self
                .hold(&fields.hold)
                .map(|hold| json!({ "receipt": hold.receipt() })),
            "hold.drop" => {
                self.kept().holds.remove(&fields.hold);
                Ok(json!({}))
            }
            "leave" => {
                let leave = self.kept().scopes.remove(&fields.scope);
                match leave.map(|leave| leave.send(fields.how.clone())) {
                    Some(Ok(())) => Ok(json!({})),
                    _ => Err(Failure::Foreign(format!("no scope {:?}", fields.scope))),
                }
            }
            "watch" => self.watch(fields),
            "unwatch" => {
                let watch = self.kept().watches.remove(&fields.watch);
                if let Some(watch) = watch {
                    watch.abort();
                    told::event("watchEnded", json!({ "watch": fields.watch }));
                }
                Ok(json!({}))
            }
            _ => return None,
        })
    }

    pub async fn run(self: Arc<Self>, mut fields: Fields) -> Told {
        if let Some(of_hold) = fields.r#do.strip_prefix("hold.") {
            let command = of_hold.to_owned();
            return self.of_hold(&command, fields).await;
        }
        if fields.r#do == "busy" {
            return busy(Duration::from_millis(fields.ms)).await;
        }
        let client = self.client(&fields.client)?;
        let hold_id = fields.hold_id.clone().unwrap_or_default();
        match fields.r#do.as_str() {
            "hold" => {
                let options = fields.hold_options(Events::of(&fields.r#as));
                let hold = client.hold(fields.targets(), options).await?;
                self.keep_hold(&fields.r#as, hold)
            }
            "resume" => {
                let options = fields.resume_options(Events::of(&fields.r#as));
                let hold = client
                    .resume(hold_id, &fields.resume_token, options)
                    .await?;
                self.keep_hold(&fields.r#as, hold)
            }
            "scope" => scope::run(self, client, fields).await,
            "freeze" => {
                let options = fields.freeze_options();
                let hold = client.freeze(fields.targets(), options).await?;
                Ok(native::hold_answer(&hold))
            }
            "thaw" => {
                let options = fields.thaw_options();
                let receipt = match fields.hold_id.take() {
                    Some(id) => client.thaw(id, options).await,
                    None => client.thaw_target(fields.target(), options).await,
                };
                Ok(receipt_answer(receipt)?)
            }
            "forceThaw" => {
                let forced = client.force_thaw(fields.target()).await?;
                Ok(json!({ "forced": forced }))
            }
            "renew" => {
                let hold = client.renew(hold_id, fields.ttl()).await?;
                Ok(native::hold_answer(&hold))
            }
            "isFrozen" => {
                let status = client.is_frozen(fields.target()).await?;
                Ok(json!({ "status": status, "native": native::frozen(&status) }))
            }
            "plan" => Ok(json!({ "plan": client.plan(fields.targets()).await? })),
            "listFilesystems" => Ok(json!({ "filesystems": client.list_filesystems().await? })),
            "getHold" => Ok(native::hold_answer(&client.get_hold(hold_id).await?)),
            "listHolds" => Ok(json!({ "holds": client.list_holds().await? })),
            "health" => {
                let status = match fields.service {
                    Some(service) => client.health_of(service).await?,
                    None => client.health().await?,
                };
                Ok(json!({ "status": status.to_string() }))
            }
            other => Err(Failure::Foreign(format!("no command {other:?}"))),
        }
    }

    async fn of_hold(&self, command: &str, fields: Fields) -> Told {
        let hold = self.hold(&fields.hold)?;
        match command {
            "freeze" => Ok(json!({ "hold": hold.freeze().await? })),
            "thaw" => Ok(json!({ "stillFrozenBy": hold.thaw().await? })),
            "renew" => {
                let expire_time = hold.renew(fields.ttl()).await?;
                Ok(json!({ "expireTime": instant(expire_time) }))
            }
            "status" => {
                let status = hold.status().await?;
                let native = json!({
                    "state": status.state.to_string(),
                    "heldByThis": status.held_by_this,
                });
                Ok(json!({ "status": status, "native": native }))
            }
            "release" => {
                let receipt = hold.release_with(fields.release_options()).await;
                Ok(receipt_answer(receipt)?)
            }
            other => Err(Failure::Foreign(format!("no command {other:?} of a hold"))),
        }
    }

    /// Answers at once; what the service says to it comes as events.
    fn watch(&self, fields: &Fields) -> Told {
        let client = self.client(&fields.client)?;
        let options = WatchOptions::new().include_ended(fields.include_ended);
        let name = fields.r#as.clone();
        let task = tokio::spawn(async move {
            let mut ended = json!({ "watch": name });
            if let Err(error) = tell_watched(&name, client.watch(options)).await {
                ended["error"] = of_error(&error);
            }
            told::event("watchEnded", ended);
        });
        let watch = task.abort_handle();
        self.kept().watches.insert(fields.r#as.clone(), watch);
        Ok(json!({}))
    }
}

fn connect(fields: &mut Fields) -> Result<Client, Failure> {
    let mut builder = Client::builder(&fields.address);
    if let Some(tls) = fields.tls.take() {
        builder = builder.tls(tls.tls()?);
    }
    if let Some(ms) = fields.timeout_ms {
        builder = builder.timeout(Duration::from_millis(ms));
    }
    if let Some(ms) = fields.keepalive_time_ms {
        builder = builder.keepalive_time(Duration::from_millis(ms));
    }
    if let Some(ms) = fields.keepalive_timeout_ms {
        builder = builder.keepalive_timeout(Duration::from_millis(ms));
    }
    Ok(builder.connect()?)
}

async fn tell_watched(
    name: &str,
    watch: impl Future<Output = Result<Watch, Error>>,
) -> Result<(), Error> {
    let mut watch = watch.await?;
    while let Some(event) = watch.next_event().await? {
        let told = match event {
            WatchEvent::Hold(hold) => json!({ "watch": name, "hold": hold }),
            _ => json!({ "watch": name, "pictureComplete": true }),
        };
        told::event("watch", told);
    }
    Ok(())
}

/// All workers of the runtime blocked at once, which is the worst that a program can do to this
/// client.
async fn busy(time: Duration) -> Result<Value, Failure> {
    let workers = tokio::runtime::Handle::current().metrics().num_workers();
    let all = Arc::new(Barrier::new(workers));
    let blocked: Vec<_> = (0..workers)
        .map(|_| {
            let all = Arc::clone(&all);
            tokio::spawn(async move {
                all.wait();
                thread::sleep(time);
            })
        })
        .collect();
    for worker in blocked {
        worker
            .await
            .map_err(|error| Failure::Foreign(error.to_string()))?;
    }
    Ok(json!({}))
}
