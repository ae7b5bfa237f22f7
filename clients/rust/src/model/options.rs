//! Options of a hold, as asked for and as in effect.

use std::time::Duration;

use crate::convert::{duration, messages};
use crate::{PresyncMode, pb};

messages! {
    /// Writing back before the freeze, while the file system is still writable.
    Presync = Presync {
        /// Whether, and how. None: the service's choice.
        mode: Option<PresyncMode>,
        /// For all passes together. None: 60 s.
        timeout: Option<Duration>,
    }

    /// The operator's programs around a freeze, e.g. to quiesce a database.
    Hooks = Hooks {
        /// Empty: all that the operator installed.
        names: Vec<String>,
        /// For each. None: 10 s.
        timeout: Option<Duration>,
    }

    /// What was asked for about the course of a hold, or what is in effect.
    HoldSettings = HoldOptions {
        /// How long a freeze lasts from the moment that all is frozen, and from each renewal.
        ttl: Option<Duration>,
        /// How long freezing may take.
        freeze_timeout: Option<Duration>,
        /// Writing back before the freeze. In effect and None: none.
        presync: Option<Presync>,
        /// For how long the hold outlives a lost stream. In effect and None: not at all.
        linger: Option<Duration>,
        /// The hooks. None: none.
        hooks: Option<Hooks>,
    }

    /// The operator's limits: what longer times are clamped to.
    Limits = Limits {
        /// Longest time to live.
        max_ttl: Option<Duration>,
        /// Longest time that freezing may take.
        max_freeze_timeout: Option<Duration>,
        /// Longest time for writing back before a freeze.
        max_presync_timeout: Option<Duration>,
        /// Longest time that a hold outlives its stream.
        max_linger: Option<Duration>,
        /// Longest time that a file system stays frozen in one piece, all holds and renewals
        /// together.
        max_frozen: Option<Duration>,
    }
}

impl Presync {
    /// None: the freeze itself writes everything back, while writers are blocked.
    pub fn off() -> Self {
        Self {
            mode: Some(PresyncMode::Off),
            timeout: None,
        }
    }

    /// Passes of syncfs(2) until little is left to do.
    pub fn until_calm() -> Self {
        Self {
            mode: Some(PresyncMode::UntilCalm),
            timeout: None,
        }
    }

    /// For all passes together; past it the hold fails with
    /// [`FreezeTimeout`](crate::Reason::FreezeTimeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

impl Hooks {
    /// All that the operator installed.
    pub fn all() -> Self {
        Self::default()
    }

    /// Those of these names, in this order.
    pub fn named<T: Into<String>>(names: impl IntoIterator<Item = T>) -> Self {
        Self {
            names: names.into_iter().map(Into::into).collect(),
            timeout: None,
        }
    }

    /// For each of them.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

impl From<Presync> for pb::Presync {
    fn from(Presync { mode, timeout }: Presync) -> Self {
        Self {
            mode: match mode {
                None => pb::PresyncMode::Unspecified.into(),
                Some(PresyncMode::Off) => pb::PresyncMode::Off.into(),
                Some(PresyncMode::UntilCalm) => pb::PresyncMode::UntilCalm.into(),
                Some(PresyncMode::Other(number)) => number,
            },
            timeout: timeout.map(duration),
        }
    }
}

impl From<Hooks> for pb::Hooks {
    fn from(Hooks { names, timeout }: Hooks) -> Self {
        Self {
            names,
            timeout: timeout.map(duration),
        }
    }
}
