//! What calls and holds fail with.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::{Reason, Receipt};

/// A call or a hold failed. Branch on [`reason`](Self::reason); the text is for people and may
/// change.
///
/// Cheap to clone: a hold tells the same error to everybody who asks.
#[derive(Clone, PartialEq)]
pub struct Error(Arc<Inner>);

#[derive(Clone, PartialEq)]
struct Inner {
    reason: Reason,
    code: Code,
    message: String,
    metadata: BTreeMap<String, String>,
    receipt: Option<Receipt>,
}

impl Error {
    /// Why it failed.
    pub fn reason(&self) -> &Reason {
        &self.0.reason
    }

    /// The gRPC status; what to go by where the reason is [`Reason::Other`].
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The text for people, in English, without the reason.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Every variable part: `path`, `device`, `errno`, `holder` ... as the reason names them.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.0.metadata
    }

    /// The receipt of the hold that this is about, where the service sent one.
    pub fn receipt(&self) -> Option<&Receipt> {
        self.0.receipt.as_ref()
    }

    pub(crate) fn new(reason: Reason, code: Code, message: impl Into<String>) -> Self {
        Self(Arc::new(Inner {
            reason,
            code,
            message: message.into(),
            metadata: BTreeMap::new(),
            receipt: None,
        }))
    }

    pub(crate) fn with_metadata<K: Into<String>, V: Into<String>>(
        mut self,
        metadata: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let metadata = metadata.into_iter().map(|(k, v)| (k.into(), v.into()));
        Arc::make_mut(&mut self.0).metadata.extend(metadata);
        self
    }

    /// The same with the receipt that came beside it.
    pub(crate) fn with_receipt(mut self, receipt: Option<Receipt>) -> Self {
        if receipt.is_some() && self.0.receipt.is_none() {
            Arc::make_mut(&mut self.0).receipt = receipt;
        }
        self
    }

    pub(crate) fn with_message(mut self, message: impl FnOnce(&str) -> String) -> Self {
        let inner = Arc::make_mut(&mut self.0);
        inner.message = message(&inner.message);
        self
    }

    pub(crate) fn timed_out(message: impl Into<String>) -> Self {
        Self::new(Reason::TimedOut, Code::DeadlineExceeded, message)
    }

    pub(crate) fn cancelled(message: impl Into<String>) -> Self {
        Self::new(Reason::Cancelled, Code::Cancelled, message)
    }

    pub(crate) fn protocol(message: impl Into<String>) -> Self {
        Self::new(Reason::Protocol, Code::Internal, message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.reason, self.0.message)
    }
}

/// With the verdict in place of the receipt, which is long: this is what `unwrap` and `main` print.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("reason", &self.0.reason)
            .field("code", &self.0.code)
            .field("message", &self.0.message)
            .field("metadata", &self.0.metadata)
            .field(
                "verdict",
                &self.0.receipt.as_ref().map(|receipt| receipt.verdict),
            )
            .finish()
    }
}

impl std::error::Error for Error {}

/// An address, a certificate or a path that no client can be made for. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(String);

impl ConfigError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

macro_rules! codes {
    ($( $name:ident = $text:literal, )*) => {
        /// A gRPC status code. Displays as its name, e.g. `FAILED_PRECONDITION`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $( #[doc = concat!("`", $text, "`")] $name, )*
        }

        impl From<tonic::Code> for Code {
            fn from(code: tonic::Code) -> Self {
                match code {
                    $( tonic::Code::$name => Self::$name, )*
                }
            }
        }

        impl fmt::Display for Code {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(match self {
                    $( Self::$name => $text, )*
                })
            }
        }
    };
}

codes! {
    Ok = "OK",
    Cancelled = "CANCELLED",
    Unknown = "UNKNOWN",
    InvalidArgument = "INVALID_ARGUMENT",
    DeadlineExceeded = "DEADLINE_EXCEEDED",
    NotFound = "NOT_FOUND",
    AlreadyExists = "ALREADY_EXISTS",
    PermissionDenied = "PERMISSION_DENIED",
    ResourceExhausted = "RESOURCE_EXHAUSTED",
    FailedPrecondition = "FAILED_PRECONDITION",
    Aborted = "ABORTED",
    OutOfRange = "OUT_OF_RANGE",
    Unimplemented = "UNIMPLEMENTED",
    Internal = "INTERNAL",
    Unavailable = "UNAVAILABLE",
    DataLoss = "DATA_LOSS",
    Unauthenticated = "UNAUTHENTICATED",
}
