//! What the driver keeps under the names that the commands give.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::SystemTime;

use fsfreezed::{Client, Error, Hold, Progress};
use serde_json::json;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use crate::fields::Fields;
use crate::native::instant;
use crate::told::{self, Failure, Told, of_error};

#[derive(Default)]
pub struct Driver(Mutex<Kept>);

#[derive(Default)]
pub struct Kept {
    pub clients: HashMap<String, Client>,
    /// Of the clients.
    pub addresses: HashMap<String, String>,
    pub holds: HashMap<String, Arc<Hold>>,
    /// Told how to leave.
    pub scopes: HashMap<String, oneshot::Sender<String>>,
    pub watches: HashMap<String, AbortHandle>,
}

impl Driver {
    /// Answers when the command is done; others are taken meanwhile.
    pub fn take(self: &Arc<Self>, mut fields: Fields) {
        let id = fields.id;
        // What others may name is kept before the next command is taken.
        if let Some(told) = self.do_at_once(&mut fields) {
            told::answer(id, told);
            return;
        }
        let driver = Arc::clone(self);
        let doing = tokio::spawn(driver.run(fields));
        tokio::spawn(async move {
            let told = doing.await.unwrap_or_else(|error| {
                Err(Failure::Foreign(format!("the driver failed: {error}")))
            });
            told::answer(id, told);
        });
    }

    pub fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().expect("nothing under the lock panics")
    }

    pub fn client(&self, name: &str) -> Result<Client, Failure> {
        let found = self.kept().clients.get(name).cloned();
        found.ok_or_else(|| Failure::Foreign(format!("no client {name:?}")))
    }

    pub fn hold(&self, name: &str) -> Result<Arc<Hold>, Failure> {
        let found = self.kept().holds.get(name).cloned();
        found.ok_or_else(|| Failure::Foreign(format!("no hold {name:?}")))
    }

    pub fn keep_hold(&self, name: &str, hold: Hold) -> Told {
        let events = Events::of(name);
        tokio::spawn(events.broken(&hold));
        let info = hold.info();
        let mut told = crate::native::hold_answer(&info);
        told["resumeToken"] = hold.resume_token().into();
        self.kept().holds.insert(name.to_owned(), Arc::new(hold));
        Ok(told)
    }
}

/// The events of one hold, by its name.
#[derive(Clone)]
pub struct Events(String);

impl Events {
    pub fn of(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// Tells it once; to be run beside the hold.
    pub fn broken(&self, hold: &Hold) -> impl Future<Output = ()> + Send + use<> {
        let (name, broken) = (self.0.clone(), hold.broken());
        async move {
            let error = broken.await;
            told::event("broken", json!({ "hold": name, "error": of_error(&error) }));
        }
    }

    pub fn progress(&self) -> impl Fn(Progress) + Send + Sync + use<> {
        let name = self.0.clone();
        move |progress| told::event("progress", json!({ "hold": name, "progress": progress }))
    }

    pub fn expiring(&self) -> impl Fn(Option<SystemTime>) + Send + Sync + use<> {
        let name = self.0.clone();
        move |time| {
            let time = instant(time);
            told::event("expiring", json!({ "hold": name, "expireTime": time }));
        }
    }

    pub fn renew_failed(&self) -> impl Fn(Error) + Send + Sync + use<> {
        let name = self.0.clone();
        move |error| {
            let error = of_error(&error);
            told::event("renewFailed", json!({ "hold": name, "error": error }));
        }
    }
}
