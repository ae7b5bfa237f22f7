//! What a receipt means to whoever must decide whether to keep a snapshot.

use std::fmt;

use crate::{Code, Error, EvidenceItem, EvidenceResult, Filesystem, Reason, Receipt, Verdict};

/// A piece of proof that spoke against an intact image, or could not be had.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Shortcoming<'a> {
    /// Whose image it is about.
    pub filesystem: &'a Filesystem,
    /// The proof and what it showed.
    pub item: &'a EvidenceItem,
}

impl fmt::Display for Shortcoming<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Filesystem {
            mount_point,
            source,
            ..
        } = self.filesystem;
        let name = if mount_point.is_empty() {
            source
        } else {
            mount_point
        };
        let EvidenceItem {
            kind,
            result,
            detail,
        } = self.item;
        write!(f, "{name}: {kind} {result}")?;
        if detail.is_empty() {
            return Ok(());
        }
        write!(f, " ({detail})")
    }
}

impl Receipt {
    /// Why the receipt is not [`Intact`](Verdict::Intact): empty where it is.
    pub fn shortcomings(&self) -> impl Iterator<Item = Shortcoming<'_>> {
        self.filesystems.iter().flat_map(|of| {
            let evidence = of.intervals.iter().filter_map(|i| i.evidence.as_ref());
            evidence
                .flat_map(|evidence| &evidence.items)
                .filter(|item| {
                    !matches!(
                        item.result,
                        EvidenceResult::Held | EvidenceResult::NotNeeded
                    )
                })
                .map(|item| Shortcoming {
                    filesystem: &of.filesystem,
                    item,
                })
        })
    }

    /// The receipt of what held; else the error that it is.
    pub(crate) fn judged(self, accept_unproven: bool) -> Result<Self, Error> {
        let because = || {
            let all: Vec<_> = self.shortcomings().map(|s| s.to_string()).collect();
            (!all.is_empty()).then(|| all.join("; "))
        };
        let (reason, code, message) = match self.verdict {
            Verdict::Intact => return Ok(self),
            Verdict::NotIntact => (
                Reason::FreezeBroken,
                Code::Aborted,
                format!(
                    "the freeze did not hold: {}",
                    because().unwrap_or_else(|| self.end_cause.to_string())
                ),
            ),
            Verdict::NeverFrozen => (
                Reason::NotFrozen,
                Code::FailedPrecondition,
                "the hold ended before all of it was frozen".to_owned(),
            ),
            // A verdict that only a newer service knows proves nothing to this client.
            Verdict::Unproven | Verdict::Other(_) => {
                if accept_unproven {
                    return Ok(self);
                }
                (
                    Reason::Unproven,
                    Code::Ok,
                    format!(
                        "nothing wrong was seen, but it is not proven: {}",
                        because().unwrap_or_else(|| self.verdict.to_string())
                    ),
                )
            }
        };
        Err(Error::new(reason, code, message)
            .with_metadata([
                ("hold_id", self.hold_id.clone()),
                ("verdict", self.verdict.to_string()),
                ("cause", self.end_cause.to_string()),
            ])
            .with_receipt(Some(self)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Evidence, EvidenceKind, FilesystemReceipt, FreezeInterval};

    fn receipt(verdict: Verdict, result: EvidenceResult) -> Receipt {
        let item = EvidenceItem {
            kind: EvidenceKind::SectorsWritten,
            result,
            detail: "loop42".into(),
        };
        let interval = FreezeInterval {
            evidence: Some(Evidence { items: vec![item] }),
            ..Default::default()
        };
        let filesystem = Filesystem {
            mount_point: "/srv".into(),
            ..Default::default()
        };
        Receipt {
            verdict,
            filesystems: vec![FilesystemReceipt {
                filesystem,
                intervals: vec![interval],
                ..Default::default()
            }],
            ..Default::default()
        }
    }

    fn reason(verdict: Verdict, accept_unproven: bool) -> Option<Reason> {
        let judged = receipt(verdict, EvidenceResult::Held).judged(accept_unproven);
        judged.err().map(|error| error.reason().clone())
    }

    #[test]
    fn only_intact_is_good() {
        assert_eq!(reason(Verdict::Intact, false), None);
        for accept in [false, true] {
            assert_eq!(
                reason(Verdict::NotIntact, accept),
                Some(Reason::FreezeBroken)
            );
            assert_eq!(
                reason(Verdict::NeverFrozen, accept),
                Some(Reason::NotFrozen)
            );
        }
    }

    #[test]
    fn what_is_not_proven_must_be_accepted_by_name() {
        for verdict in [Verdict::Unproven, Verdict::Other(17)] {
            assert_eq!(reason(verdict, false), Some(Reason::Unproven));
            assert_eq!(reason(verdict, true), None);
        }
    }

    #[test]
    fn says_what_is_missing() {
        let error = receipt(Verdict::Unproven, EvidenceResult::Missing)
            .judged(false)
            .unwrap_err();
        assert!(
            error
                .message()
                .ends_with("/srv: SECTORS_WRITTEN MISSING (loop42)")
        );
        assert_eq!(error.receipt().unwrap().verdict, Verdict::Unproven);
    }
}
