//! What the wrapper's own types say, beside the contract's JSON.

use std::time::{Duration, SystemTime};

use fsfreezed::{Error, FrozenStatus, HoldInfo, Receipt};
use serde_json::{Value, json};

pub fn instant(time: Option<SystemTime>) -> Option<String> {
    time.map(|time| humantime::format_rfc3339_millis(time).to_string())
}

fn milliseconds(duration: Duration) -> u64 {
    duration
        .as_millis()
        .try_into()
        .expect("a duration in milliseconds")
}

pub fn hold(info: &HoldInfo) -> Value {
    let mut native = json!({
        "holdId": info.hold_id,
        "state": info.state.to_string(),
        "purpose": info.purpose,
    });
    if let Some(ttl) = info.effective.ttl {
        native["ttlMs"] = milliseconds(ttl).into();
    }
    native
}

fn receipt(receipt: &Receipt) -> Value {
    let intervals = receipt.filesystems.iter().map(|of| of.intervals.len());
    json!({
        "holdId": receipt.hold_id,
        "verdict": receipt.verdict.to_string(),
        "endCause": receipt.end_cause.to_string(),
        "frozenCount": receipt.frozen_count,
        "thawedCount": receipt.thawed_count,
        "intervals": intervals.sum::<usize>(),
        "endTime": instant(receipt.end_time),
    })
}

/// The answer of what gives a hold.
pub fn hold_answer(info: &HoldInfo) -> Value {
    json!({ "hold": info, "native": hold(info) })
}

/// The answer of what gives a receipt.
pub fn receipt_answer(given: Result<Receipt, Error>) -> Result<Value, Error> {
    let given = given?;
    Ok(json!({ "receipt": given, "native": receipt(&given) }))
}

pub fn frozen(status: &FrozenStatus) -> Value {
    let frozen_by = status.frozen_by.iter().map(|by| by.freezer.to_string());
    json!({
        "state": status.state.to_string(),
        "certainty": status.certainty.map(|certainty| certainty.to_string()),
        "frozenBy": frozen_by.collect::<Vec<_>>(),
    })
}
