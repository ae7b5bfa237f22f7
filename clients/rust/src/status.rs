//! How a gRPC status becomes an [`Error`].

use std::error::Error as _;

use prost::Message;
use tonic::{Status, TimeoutExpired};
use tonic_types::pb::ErrorInfo;

use crate::convert::Decode;
use crate::{Code, Error, Reason, Receipt, pb};

const ERROR_DOMAIN: &str = "fsfreeze.v1";

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        // A status that the service sent has no source: one with a source was made by the transport.
        if status.source().is_some() {
            return of_transport(&status);
        }
        let code = Code::from(status.code());
        let Details { info, receipt } = Details::of(&status);
        let (reason, metadata) = match info {
            Some(info) => (Reason::from_service(&info.reason), info.metadata),
            None => (reason_without_details(code), Default::default()),
        };
        let message = match status.message() {
            "" => code.to_string(),
            text => text.to_owned(),
        };
        Error::new(reason, code, message)
            .with_metadata(metadata)
            .with_receipt(receipt)
    }
}

fn of_transport(status: &Status) -> Error {
    let mut texts: Vec<String> = Vec::new();
    let mut source = status.source();
    while let Some(error) = source {
        if error.is::<TimeoutExpired>() {
            return Error::timed_out("no answer in time");
        }
        // Many layers only repeat what the one below says.
        let text = error.to_string();
        if !texts.iter().any(|above| above.contains(&text)) {
            texts.push(text);
        }
        source = error.source();
    }
    Error::new(Reason::Unreachable, Code::Unavailable, texts.join(": "))
}

fn reason_without_details(code: Code) -> Reason {
    match code {
        // Cancelled: a service that broke the call off. Who cancels by himself is not told a status.
        Code::Unavailable | Code::Cancelled => Reason::Unreachable,
        Code::DeadlineExceeded => Reason::TimedOut,
        _ => Reason::Protocol,
    }
}

#[derive(Default)]
struct Details {
    info: Option<ErrorInfo>,
    receipt: Option<Receipt>,
}

impl Details {
    /// Details that cannot be read must not hide the status that they came with.
    fn of(status: &Status) -> Self {
        let mut found = Self::default();
        let all = tonic_types::Status::decode(status.details()).unwrap_or_default();
        for any in all.details {
            let name = any.type_url.rsplit('/').next().unwrap_or_default();
            if name == "google.rpc.ErrorInfo" {
                let info = ErrorInfo::decode(&*any.value).ok();
                let ours = info.filter(|info| info.domain == ERROR_DOMAIN);
                found.info = found.info.or(ours);
            } else if name == "fsfreeze.v1.Receipt" {
                let receipt = pb::Receipt::decode(&*any.value).ok();
                found.receipt = found.receipt.or(receipt.map(Decode::decode));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn any(name: &str, value: Vec<u8>) -> prost_types::Any {
        prost_types::Any {
            type_url: format!("type.googleapis.com/{name}"),
            value,
        }
    }

    fn status(code: tonic::Code, details: Vec<prost_types::Any>) -> Status {
        let all = tonic_types::Status {
            details,
            ..Default::default()
        };
        Status::with_details(code, "a text", all.encode_to_vec().into())
    }

    fn info(domain: &str, reason: &str) -> prost_types::Any {
        let info = ErrorInfo {
            domain: domain.into(),
            reason: reason.into(),
            metadata: [("path".to_owned(), "/srv".to_owned())].into(),
        };
        any("google.rpc.ErrorInfo", info.encode_to_vec())
    }

    #[test]
    fn has_the_reason_and_the_receipt_of_the_details() {
        let receipt = pb::Receipt {
            hold_id: "h".into(),
            verdict: 17,
            ..Default::default()
        };
        let error = Error::from(status(
            tonic::Code::Aborted,
            vec![
                info("example.com", "OF_A_PROXY"),
                info(ERROR_DOMAIN, "FREEZE_BROKEN"),
                any("fsfreeze.v1.Receipt", receipt.encode_to_vec()),
            ],
        ));
        assert_eq!(*error.reason(), Reason::FreezeBroken);
        assert_eq!(error.code(), Code::Aborted);
        assert_eq!(error.metadata()["path"], "/srv");
        assert_eq!(error.receipt().unwrap().hold_id, "h");
        assert_eq!(error.to_string(), "FREEZE_BROKEN: a text");
    }

    #[test]
    fn keeps_a_reason_that_only_a_newer_service_knows() {
        let details = vec![info(ERROR_DOMAIN, "QUOTA_EXCEEDED")];
        let error = Error::from(status(tonic::Code::ResourceExhausted, details));
        assert_eq!(*error.reason(), Reason::Other("QUOTA_EXCEEDED".into()));
    }

    #[test]
    fn goes_by_the_code_where_there_are_no_details() {
        for (code, reason) in [
            (tonic::Code::Unavailable, Reason::Unreachable),
            (tonic::Code::Cancelled, Reason::Unreachable),
            (tonic::Code::DeadlineExceeded, Reason::TimedOut),
            (tonic::Code::Internal, Reason::Protocol),
        ] {
            assert_eq!(*Error::from(Status::new(code, "")).reason(), reason);
        }
        let garbage = Status::with_details(tonic::Code::NotFound, "", vec![0xff; 9].into());
        assert_eq!(*Error::from(garbage).reason(), Reason::Protocol);
    }
}
