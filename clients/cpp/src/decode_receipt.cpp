#include "decode_fields.h"
#include "raw_message.h"

namespace fsfreezed::detail {

EvidenceItem decode(const pb::EvidenceItem& item) {
  return {decode_enum<EvidenceKind>(item.kind()), decode_enum<EvidenceResult>(item.result()),
          item.detail()};
}

PresyncPass decode(const pb::PresyncPass& pass) {
  return {FSFREEZED_OPTIONAL(pass, duration, duration_of),
          FSFREEZED_OPTIONAL(pass, dirty_bytes_left, as_is)};
}

FreezeInterval decode(const pb::FreezeInterval& interval) {
  FreezeInterval native;
  native.freeze_duration = FSFREEZED_OPTIONAL(interval, freeze_duration, duration_of);
  native.frozen_time = FSFREEZED_OPTIONAL(interval, frozen_time, time_of);
  native.frozen_boottime = FSFREEZED_OPTIONAL(interval, frozen_boottime, duration_of);
  native.thawed_time = FSFREEZED_OPTIONAL(interval, thawed_time, time_of);
  native.thawed_boottime = FSFREEZED_OPTIONAL(interval, thawed_boottime, duration_of);
  native.intact_until = FSFREEZED_OPTIONAL(interval, intact_until, time_of);
  native.intact_until_boottime = FSFREEZED_OPTIONAL(interval, intact_until_boottime, duration_of);
  native.sectors_written = FSFREEZED_OPTIONAL(interval, sectors_written, as_is);
  native.sectors_discarded = FSFREEZED_OPTIONAL(interval, sectors_discarded, as_is);
  native.evidence = decode_all(interval.evidence().items());
  native.verdict = decode_optional_enum<Verdict>(interval.verdict());
  native.end = decode_optional_enum<IntervalEnd>(interval.end());
  return native;
}

FilesystemReceipt decode(const pb::FilesystemReceipt& receipt) {
  FilesystemReceipt native;
  native.filesystem = decode(receipt.filesystem());
  native.presync_passes = decode_all(receipt.presync_passes());
  native.intervals = decode_all(receipt.intervals());
  native.verdict = decode_enum<Verdict>(receipt.verdict());
  return native;
}

Receipt decode(const pb::Receipt& receipt) {
  Receipt native(raw(receipt));
  native.hold_id = receipt.hold_id();
  native.kind = decode_optional_enum<HoldKind>(receipt.kind());
  native.host_name = receipt.host_name();
  native.boot_id = receipt.boot_id();
  native.owner = decode(receipt.owner());
  native.purpose = receipt.purpose();
  native.requested = decode(receipt.requested());
  native.effective = decode(receipt.effective());
  native.end_cause = decode_enum<EndCause>(receipt.end_cause());
  native.verdict = decode_enum<Verdict>(receipt.verdict());
  native.frozen_count = receipt.frozen_count();
  native.thawed_count = receipt.thawed_count();
  native.filesystems = decode_all(receipt.filesystems());
  native.passed_over = decode_all(receipt.passed_over());
  native.open_time = FSFREEZED_OPTIONAL(receipt, open_time, time_of);
  native.end_time = FSFREEZED_OPTIONAL(receipt, end_time, time_of);
  native.failure = FSFREEZED_OPTIONAL(receipt, failure, decode);
  native.simulated = receipt.simulated();
  return native;
}

}  // namespace fsfreezed::detail
