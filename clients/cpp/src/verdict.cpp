#include "verdict.h"

namespace fsfreezed::detail {
namespace {

/// The pieces of proof that spoke against an intact image, or could not be had; for people. Empty
/// where there is none.
std::string shortcomings(const Receipt& receipt) {
  std::string text;
  for (const FilesystemReceipt& of : receipt.filesystems) {
    const Filesystem& filesystem = of.filesystem;
    for (const FreezeInterval& interval : of.intervals) {
      for (const EvidenceItem& item : interval.evidence) {
        if (item.result == EvidenceResult::held || item.result == EvidenceResult::not_needed)
          continue;
        if (!text.empty()) text += "; ";
        text += filesystem.mount_point.empty() ? filesystem.source : filesystem.mount_point;
        text += ": " + to_string(item.kind) + " " + to_string(item.result);
        if (!item.detail.empty()) text += " (" + item.detail + ")";
      }
    }
  }
  return text;
}

}  // namespace

std::optional<FreezeError> error_of_receipt(const Receipt& receipt, bool accept_unproven) {
  const FreezeError::Metadata metadata{{"hold_id", receipt.hold_id},
                                       {"verdict", to_string(receipt.verdict)},
                                       {"cause", to_string(receipt.end_cause)}};
  const std::string because = shortcomings(receipt);
  switch (receipt.verdict) {
    case Verdict::intact:
      return std::nullopt;
    case Verdict::not_intact:
      return FreezeError(
          reasons::freeze_broken, StatusCode::aborted,
          "the freeze did not hold: " + (because.empty() ? to_string(receipt.end_cause) : because),
          metadata, receipt);
    case Verdict::never_frozen:
      return FreezeError(reasons::not_frozen, StatusCode::failed_precondition,
                         "the hold ended before all of it was frozen", metadata, receipt);
    // A verdict that only a newer service knows proves nothing to this client.
    default:
      if (accept_unproven) return std::nullopt;
      return FreezeError(reasons::unproven, StatusCode::ok,
                         "nothing wrong was seen, but it is not proven: " +
                             (because.empty() ? to_string(receipt.verdict) : because),
                         metadata, receipt);
  }
}

}  // namespace fsfreezed::detail
