//! What the driver says: one JSON object a line.

use fsfreezed::{ConfigError, Error};
use serde_json::{Value, json};

/// Why a command failed.
pub enum Failure {
    Client(Error),
    /// What the body of a scope failed with.
    Body {
        message: String,
        receipt: Value,
    },
    /// An error that is not of the client's error type.
    Foreign(String),
}

pub type Told = Result<Value, Failure>;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Client(error)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Foreign(error.to_string())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Foreign(error.to_string())
    }
}

pub fn event(name: &str, mut fields: Value) {
    fields["event"] = name.into();
    println!("{fields}");
}

pub fn answer(id: u64, told: Told) {
    match told {
        Ok(ok) => println!("{}", json!({ "id": id, "ok": ok })),
        Err(failure) => println!("{}", json!({ "id": id, "error": of_failure(failure) })),
    }
}

fn of_failure(failure: Failure) -> Value {
    match failure {
        Failure::Client(error) => of_error(&error),
        Failure::Body { message, receipt } => {
            let mut told = json!({ "reason": "BODY", "message": message });
            if !receipt.is_null() {
                told["receipt"] = receipt;
            }
            told
        }
        Failure::Foreign(message) => json!({ "reason": "FOREIGN", "message": message }),
    }
}

pub fn of_error(error: &Error) -> Value {
    let mut told = json!({
        "reason": error.reason().as_str(),
        "code": error.code().to_string(),
        "message": error.message(),
        "metadata": error.metadata(),
    });
    if let Some(receipt) = error.receipt() {
        told["receipt"] = json!(receipt);
    }
    told
}
