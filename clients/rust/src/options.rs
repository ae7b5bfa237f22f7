//! How a hold is made and how it behaves.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::behaviour::{Behaviour, behaviour};
use crate::convert::duration;
use crate::{Error, Hooks, Presync, Progress, pb};

/// The contract's defaults: how long a call that freezes may wait by itself.
const DEFAULT_FREEZE_TIMEOUT: Duration = Duration::from_secs(30);
const DEFAULT_PRESYNC_TIMEOUT: Duration = Duration::from_secs(60);

/// How a freeze is made; shared by [`HoldOptions`] and [`FreezeOptions`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) ttl: Option<Duration>,
    pub(crate) freeze_timeout: Option<Duration>,
    pub(crate) purpose: String,
    pub(crate) presync: Option<Presync>,
    pub(crate) hooks: Option<Hooks>,
}

impl Settings {
    /// How long freezing may take by what was asked for. Zero means the default to the service.
    pub(crate) fn freezing_time(&self) -> Duration {
        let given = |time: Option<Duration>| time.filter(|time| !time.is_zero());
        let presync = match &self.presync {
            Some(presync) if *presync == Presync::off() => Duration::ZERO,
            presync => {
                let asked = presync.as_ref().and_then(|presync| presync.timeout);
                given(asked).unwrap_or(DEFAULT_PRESYNC_TIMEOUT)
            }
        };
        given(self.freeze_timeout)
            .unwrap_or(DEFAULT_FREEZE_TIMEOUT)
            .saturating_add(presync)
    }
}

macro_rules! settings {
    () => {
        /// How long the freeze lasts from the moment that all is frozen, and from each renewal.
        /// Default: the service's, 10 s. Clamped by the service.
        pub fn ttl(mut self, ttl: Duration) -> Self {
            self.settings.ttl = Some(ttl);
            self
        }

        /// How long freezing may take. Default: the service's, 30 s. Clamped by the service.
        pub fn freeze_timeout(mut self, timeout: Duration) -> Self {
            self.settings.freeze_timeout = Some(timeout);
            self
        }

        /// A short text for people, at most 256 bytes: shown to whoever is refused because of this
        /// hold.
        pub fn purpose(mut self, purpose: impl Into<String>) -> Self {
            self.settings.purpose = purpose.into();
            self
        }

        /// Writing back before the freeze. Default: the service's choice.
        pub fn presync(mut self, presync: Presync) -> Self {
            self.settings.presync = Some(presync);
            self
        }

        /// Run the operator's hooks. Default: none.
        pub fn hooks(mut self, hooks: Hooks) -> Self {
            self.settings.hooks = Some(hooks);
            self
        }
    };
}

/// Options of [`Client::hold`](crate::Client::hold).
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct HoldOptions {
    pub(crate) settings: Settings,
    pub(crate) behaviour: Behaviour,
    pub(crate) linger: Option<Duration>,
    only_open: bool,
}

impl HoldOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    settings!();
    behaviour!();

    /// False: only open; freeze later by [`Hold::freeze`](crate::Hold::freeze). Default: true.
    pub fn freeze_on_open(mut self, freeze: bool) -> Self {
        self.only_open = !freeze;
        self
    }

    pub(crate) fn freezes(&self) -> bool {
        !self.only_open
    }

    pub(crate) fn open(&self, max_hold: Duration) -> pb::HoldOpen {
        let settings = self.settings.clone();
        pb::HoldOpen {
            // Automatic renewal must not begin with more than it may keep.
            ttl: settings.ttl.map(|ttl| duration(ttl.min(max_hold))),
            freeze_timeout: settings.freeze_timeout.map(duration),
            presync: settings.presync.map(Into::into),
            freeze_on_open: Some(self.freezes()),
            linger: self.linger.map(duration),
            hooks: settings.hooks.map(Into::into),
            purpose: settings.purpose,
            ..Default::default()
        }
    }
}

/// Options of [`Client::resume`](crate::Client::resume).
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ResumeOptions {
    pub(crate) ttl: Option<Duration>,
    pub(crate) behaviour: Behaviour,
    pub(crate) linger: Option<Duration>,
}

impl ResumeOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    behaviour!();

    /// A new deadline, counted from now. Default: it stays as it is.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }
}

/// Options of [`Client::freeze`](crate::Client::freeze).
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct FreezeOptions {
    pub(crate) settings: Settings,
    request_id: Option<String>,
    pub(crate) timeout: Option<Duration>,
}

impl FreezeOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    settings!();

    /// Makes a retry safe: the same id gives the same hold, never a second one. At most 128 bytes.
    /// Default: a random UUID.
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }

    /// How long the call may take. Default: as long as freezing may, and the client's timeout.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    pub(crate) fn request(self) -> pb::FreezeRequest {
        let settings = self.settings;
        pb::FreezeRequest {
            request_id: self
                .request_id
                .unwrap_or_else(|| uuid::Uuid::new_v4().to_string()),
            ttl: settings.ttl.map(duration),
            freeze_timeout: settings.freeze_timeout.map(duration),
            presync: settings.presync.map(Into::into),
            hooks: settings.hooks.map(Into::into),
            purpose: settings.purpose,
            ..Default::default()
        }
    }
}

macro_rules! ending {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default)]
        #[must_use]
        pub struct $name {
            pub(crate) accept_unproven: Option<bool>,
            pub(crate) timeout: Option<Duration>,
        }

        impl $name {
            /// The defaults.
            pub fn new() -> Self {
                Self::default()
            }

            /// Take [`Unproven`](crate::Verdict::Unproven) for good: nothing wrong was seen, but a
            /// piece of the proof is missing. Default: as the hold was opened with, or false.
            pub fn accept_unproven(mut self, accept: bool) -> Self {
                self.accept_unproven = Some(accept);
                self
            }

            /// How long to wait for the verdict. Default: 60 s. The service goes on thawing in any
            /// case.
            pub fn timeout(mut self, timeout: Duration) -> Self {
                self.timeout = Some(timeout);
                self
            }
        }
    };
}

ending! {
    /// Options of [`Client::thaw`](crate::Client::thaw).
    ThawOptions
}

ending! {
    /// Options of [`Hold::release_with`](crate::Hold::release_with).
    ReleaseOptions
}

/// Options of [`Client::watch`](crate::Client::watch).
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct WatchOptions {
    pub(crate) include_ended: bool,
}

impl WatchOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begin with the ended holds that are remembered, too. Default: false.
    pub fn include_ended(mut self, include: bool) -> Self {
        self.include_ended = include;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn freezing_may_take_what_was_asked_for() {
        let time = |options: HoldOptions| options.settings.freezing_time();
        assert_eq!(time(HoldOptions::new()), 90 * SECOND);
        assert_eq!(
            time(HoldOptions::new().freeze_timeout(5 * SECOND)),
            65 * SECOND
        );
        assert_eq!(
            time(HoldOptions::new().presync(Presync::off())),
            30 * SECOND
        );
        let calm = Presync::until_calm().timeout(2 * SECOND);
        assert_eq!(time(HoldOptions::new().presync(calm)), 32 * SECOND);
        // To the service zero means the default.
        let zero = HoldOptions::new().freeze_timeout(Duration::ZERO);
        assert_eq!(time(zero), 90 * SECOND);
    }

    #[test]
    fn a_hold_never_begins_with_more_than_it_may_keep() {
        let options = HoldOptions::new().ttl(100 * SECOND).max_hold(5 * SECOND);
        let max_hold = options.behaviour.max_hold(options.settings.ttl);
        assert_eq!(options.open(max_hold).ttl.unwrap().seconds, 5);
        // Without max_hold a long ttl is the bound.
        let options = HoldOptions::new().ttl(100 * SECOND);
        assert_eq!(
            options.behaviour.max_hold(options.settings.ttl),
            100 * SECOND
        );
    }

    #[test]
    fn every_freeze_can_be_retried() {
        let random = || FreezeOptions::new().request().request_id;
        assert_eq!(random().len(), 36);
        assert_ne!(random(), random());
        assert_eq!(
            FreezeOptions::new().request_id("a").request().request_id,
            "a"
        );
    }
}
