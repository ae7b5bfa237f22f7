//! The same client for programs without an async runtime.
//!
//! A thread of its own watches and renews the holds, so a hold does not mind what the program's
//! threads do meanwhile. None of this may be called within an async runtime: it panics there, as
//! everything does that blocks.
//!
//! ```no_run
//! use std::{process::Command, time::Duration};
//!
//! use fsfreezed::{HoldOptions, blocking::Client};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::connect("unix:/run/fsfreezed/fsfreezed.sock")?;
//! let hold = client.hold("/srv", HoldOptions::new().purpose("nightly snapshot"))?;
//! let mut snapshot = Command::new("take-snapshot").spawn()?;
//! while snapshot.try_wait()?.is_none() {
//!     if let Err(broken) = hold.check_for(Duration::from_millis(100)) {
//!         snapshot.kill()?;
//!         return Err(broken.into());
//!     }
//! }
//! let receipt = hold.release()?;
//! # Ok(())
//! # }
//! ```

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::runtime::{Builder, Runtime};

use crate::{
    ClientBuilder, ConfigError, Error, FilesystemInfo, ForcedThaw, FreezeOptions, FrozenBy,
    FrozenStatus, HealthStatus, HoldInfo, HoldOptions, HoldStatus, Limits, Plan, Receipt,
    ReleaseOptions, ResumeOptions, Target, Targets, ThawOptions, WatchEvent, WatchOptions,
};

/// The thread that the client and its holds share. It ends with the last of them.
#[derive(Debug)]
struct Background(Option<Runtime>);

impl Background {
    fn run<T>(&self, call: impl Future<Output = T>) -> T {
        let runtime = self.0.as_ref().expect("it is taken by `drop` alone");
        runtime.block_on(call)
    }
}

/// A runtime that is simply dropped waits for its tasks, and may not be dropped within another one.
impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// As [`crate::Client`].
#[derive(Clone, Debug)]
pub struct Client {
    client: crate::Client,
    background: Arc<Background>,
}

impl Client {
    /// As [`crate::Client::connect`].
    pub fn connect(address: impl Into<String>) -> Result<Self, ConfigError> {
        Self::from_builder(crate::Client::builder(address))
    }

    /// As [`ClientBuilder::connect`].
    pub fn from_builder(builder: ClientBuilder) -> Result<Self, ConfigError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("fsfreezed")
            .enable_all()
            .build()
            .map_err(|error| ConfigError::new(format!("no thread for the client: {error}")))?;
        Ok(Self {
            client: builder.connect()?,
            background: Arc::new(Background(Some(runtime))),
        })
    }

    /// As [`crate::Client::hold`].
    pub fn hold(&self, targets: impl Into<Targets>, options: HoldOptions) -> Result<Hold, Error> {
        self.run(self.client.hold(targets, options))
            .map(|hold| self.kept(hold))
    }

    /// As [`crate::Client::with_hold`].
    pub fn with_hold<T, E: From<Error>>(
        &self,
        targets: impl Into<Targets>,
        options: HoldOptions,
        body: impl FnOnce(&Hold) -> Result<T, E>,
    ) -> Result<(T, Receipt), E> {
        let hold = self.hold(targets, options)?;
        match body(&hold) {
            Ok(value) => Ok((value, hold.release()?)),
            Err(error) => {
                // Whether the freeze held is of no consequence any more, but that it is over is.
                let _ = hold.release();
                Err(error)
            }
        }
    }

    /// As [`crate::Client::resume`].
    pub fn resume(
        &self,
        hold_id: impl Into<String>,
        resume_token: impl Into<String>,
        options: ResumeOptions,
    ) -> Result<Hold, Error> {
        let hold = self.run(self.client.resume(hold_id, resume_token, options))?;
        Ok(self.kept(hold))
    }

    /// As [`crate::Client::freeze`].
    pub fn freeze(
        &self,
        targets: impl Into<Targets>,
        options: FreezeOptions,
    ) -> Result<HoldInfo, Error> {
        self.run(self.client.freeze(targets, options))
    }

    /// As [`crate::Client::thaw`].
    pub fn thaw(&self, hold_id: impl Into<String>, options: ThawOptions) -> Result<Receipt, Error> {
        self.run(self.client.thaw(hold_id, options))
    }

    /// As [`crate::Client::thaw_target`].
    pub fn thaw_target(
        &self,
        target: impl Into<Target>,
        options: ThawOptions,
    ) -> Result<Receipt, Error> {
        self.run(self.client.thaw_target(target, options))
    }

    /// As [`crate::Client::force_thaw`].
    pub fn force_thaw(&self, target: impl Into<Target>) -> Result<ForcedThaw, Error> {
        self.run(self.client.force_thaw(target))
    }

    /// As [`crate::Client::renew`].
    pub fn renew(
        &self,
        hold_id: impl Into<String>,
        ttl: impl Into<Option<Duration>>,
    ) -> Result<HoldInfo, Error> {
        self.run(self.client.renew(hold_id, ttl))
    }

    /// As [`crate::Client::is_frozen`].
    pub fn is_frozen(&self, target: impl Into<Target>) -> Result<FrozenStatus, Error> {
        self.run(self.client.is_frozen(target))
    }

    /// As [`crate::Client::plan`].
    pub fn plan(&self, targets: impl Into<Targets>) -> Result<Plan, Error> {
        self.run(self.client.plan(targets))
    }

    /// As [`crate::Client::list_filesystems`].
    pub fn list_filesystems(&self) -> Result<Vec<FilesystemInfo>, Error> {
        self.run(self.client.list_filesystems())
    }

    /// As [`crate::Client::get_hold`].
    pub fn get_hold(&self, hold_id: impl Into<String>) -> Result<HoldInfo, Error> {
        self.run(self.client.get_hold(hold_id))
    }

    /// As [`crate::Client::list_holds`].
    pub fn list_holds(&self) -> Result<Vec<HoldInfo>, Error> {
        self.run(self.client.list_holds())
    }

    /// As [`crate::Client::watch`].
    pub fn watch(&self, options: WatchOptions) -> Result<Watch, Error> {
        Ok(Watch {
            watch: self.run(self.client.watch(options))?,
            background: Arc::clone(&self.background),
        })
    }

    /// As [`crate::Client::health`].
    pub fn health(&self) -> Result<HealthStatus, Error> {
        self.run(self.client.health())
    }

    /// As [`crate::Client::health_of`].
    pub fn health_of(&self, service: impl Into<String>) -> Result<HealthStatus, Error> {
        self.run(self.client.health_of(service))
    }

    fn run<T>(&self, call: impl Future<Output = T>) -> T {
        self.background.run(call)
    }

    fn kept(&self, hold: crate::Hold) -> Hold {
        Hold {
            hold,
            background: Arc::clone(&self.background),
        }
    }
}

/// As [`crate::Hold`].
#[must_use = "a hold that is dropped is thawed"]
pub struct Hold {
    // Dropped first: its release is sent while the thread still lives.
    hold: crate::Hold,
    background: Arc<Background>,
}

impl Hold {
    /// As [`crate::Hold::id`].
    pub fn id(&self) -> &str {
        self.hold.id()
    }

    /// As [`crate::Hold::resume_token`].
    pub fn resume_token(&self) -> &str {
        self.hold.resume_token()
    }

    /// As [`crate::Hold::limits`].
    pub fn limits(&self) -> &Limits {
        self.hold.limits()
    }

    /// As [`crate::Hold::plan`].
    pub fn plan(&self) -> Option<&Plan> {
        self.hold.plan()
    }

    /// As [`crate::Hold::info`].
    pub fn info(&self) -> HoldInfo {
        self.hold.info()
    }

    /// As [`crate::Hold::expire_time`].
    pub fn expire_time(&self) -> Option<SystemTime> {
        self.hold.expire_time()
    }

    /// As [`crate::Hold::receipt`].
    pub fn receipt(&self) -> Option<Receipt> {
        self.hold.receipt()
    }

    /// As [`crate::Hold::check`].
    pub fn check(&self) -> Result<(), Error> {
        self.hold.check()
    }

    /// Waits until the hold breaks, and fails with what broke it; ends well when `time` is over.
    pub fn check_for(&self, time: Duration) -> Result<(), Error> {
        let broken = self.hold.broken();
        match self
            .background
            .run(async { tokio::time::timeout(time, broken).await })
        {
            Ok(error) => Err(error),
            Err(_) => Ok(()),
        }
    }

    /// As [`crate::Hold::renew`].
    pub fn renew(&self, ttl: impl Into<Option<Duration>>) -> Result<Option<SystemTime>, Error> {
        self.background.run(self.hold.renew(ttl))
    }

    /// As [`crate::Hold::status`].
    pub fn status(&self) -> Result<HoldStatus, Error> {
        self.background.run(self.hold.status())
    }

    /// As [`crate::Hold::freeze`].
    pub fn freeze(&self) -> Result<HoldInfo, Error> {
        self.background.run(self.hold.freeze())
    }

    /// As [`crate::Hold::thaw`].
    pub fn thaw(&self) -> Result<Vec<FrozenBy>, Error> {
        self.background.run(self.hold.thaw())
    }

    /// As [`crate::Hold::release`].
    pub fn release(&self) -> Result<Receipt, Error> {
        self.background.run(self.hold.release())
    }

    /// As [`crate::Hold::release_with`].
    pub fn release_with(&self, options: ReleaseOptions) -> Result<Receipt, Error> {
        self.background.run(self.hold.release_with(options))
    }

    /// As [`crate::Hold::cancel`].
    pub fn cancel(&self) {
        self.hold.cancel();
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.hold.fmt(f)
    }
}

/// As [`crate::Watch`], as an iterator. It ends where the service ended the watch, and after an error.
#[derive(Debug)]
pub struct Watch {
    watch: crate::Watch,
    background: Arc<Background>,
}

impl Iterator for Watch {
    type Item = Result<WatchEvent, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.background.run(self.watch.next_event()).transpose()
    }
}
