//! What the client does with a hold by itself, and whom it tells.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::{Error, Progress};

const DEFAULT_MAX_HOLD: Duration = Duration::from_secs(60);

type Listener<T> = Option<Arc<dyn Fn(T) + Send + Sync>>;

/// Told while a hold lives.
#[derive(Clone, Default)]
pub(crate) struct Listeners {
    pub(crate) progress: Listener<Progress>,
    pub(crate) expiring: Listener<Option<SystemTime>>,
    pub(crate) renew_failed: Listener<Error>,
}

pub(crate) fn tell<T>(listener: &Listener<T>, value: impl FnOnce() -> T) {
    if let Some(listener) = listener {
        listener(value());
    }
}

/// What the client does with a hold by itself.
#[derive(Clone)]
pub(crate) struct Behaviour {
    pub(crate) auto_renew: bool,
    pub(crate) max_hold: Option<Duration>,
    pub(crate) accept_unproven: bool,
    pub(crate) listeners: Listeners,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            auto_renew: true,
            max_hold: None,
            accept_unproven: false,
            listeners: Listeners::default(),
        }
    }
}

impl Behaviour {
    pub(crate) fn max_hold(&self, ttl: Option<Duration>) -> Duration {
        let default = || ttl.unwrap_or_default().max(DEFAULT_MAX_HOLD);
        self.max_hold.unwrap_or_else(default)
    }
}

impl fmt::Debug for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Behaviour")
            .field("auto_renew", &self.auto_renew)
            .field("max_hold", &self.max_hold)
            .field("accept_unproven", &self.accept_unproven)
            .finish_non_exhaustive()
    }
}

/// The setters of [`HoldOptions`](crate::HoldOptions) and [`ResumeOptions`](crate::ResumeOptions).
macro_rules! behaviour {
    () => {
        /// Renew by itself, every third of the ttl, for as long as the runtime runs. Default: true.
        /// With false the hold ends `ttl` after it was frozen, unless you
        /// [`renew`](crate::Hold::renew) it.
        pub fn auto_renew(mut self, auto_renew: bool) -> Self {
            self.behaviour.auto_renew = auto_renew;
            self
        }

        /// How long automatic renewal may keep it frozen. Default: 60 s, or `ttl` where that is
        /// longer.
        pub fn max_hold(mut self, max_hold: Duration) -> Self {
            self.behaviour.max_hold = Some(max_hold);
            self
        }

        /// Take [`Unproven`](crate::Verdict::Unproven) for good: nothing wrong was seen, but a piece
        /// of the proof is missing. Default: false.
        pub fn accept_unproven(mut self, accept: bool) -> Self {
            self.behaviour.accept_unproven = accept;
            self
        }

        /// For how long the hold outlives a lost stream, for [`Client::resume`](crate::Client::resume).
        /// Default: not at all; on resume as it was.
        pub fn linger(mut self, linger: Duration) -> Self {
            self.linger = Some(linger);
            self
        }

        /// Told how far freezing is, at most about 5 times a second for each file system.
        ///
        /// Listeners run between the messages of the hold: they must not block or panic.
        pub fn on_progress(mut self, listener: impl Fn(Progress) + Send + Sync + 'static) -> Self {
            self.behaviour.listeners.progress = Some(Arc::new(listener));
            self
        }

        /// Told when the deadline is near. With automatic renewal: `max_hold` is about to end it.
        pub fn on_expiring(
            mut self,
            listener: impl Fn(Option<SystemTime>) + Send + Sync + 'static,
        ) -> Self {
            self.behaviour.listeners.expiring = Some(Arc::new(listener));
            self
        }

        /// Told when an automatic renewal was refused; the hold goes on to its deadline.
        pub fn on_renew_failed(mut self, listener: impl Fn(Error) + Send + Sync + 'static) -> Self {
            self.behaviour.listeners.renew_failed = Some(Arc::new(listener));
            self
        }
    };
}
pub(crate) use behaviour;
