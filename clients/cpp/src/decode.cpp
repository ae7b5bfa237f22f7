#include "decode.h"

#include "decode_fields.h"
#include "raw_message.h"

namespace fsfreezed::detail {

HoldFilesystem decode(const pb::HoldFilesystem& of) {
  HoldFilesystem native;
  native.filesystem = decode(of.filesystem());
  native.state = decode_enum<HoldFilesystemState>(of.state());
  native.frozen_time = FSFREEZED_OPTIONAL(of, frozen_time, time_of);
  native.frozen_boottime = FSFREEZED_OPTIONAL(of, frozen_boottime, duration_of);
  native.freeze_duration = FSFREEZED_OPTIONAL(of, freeze_duration, duration_of);
  return native;
}

HoldFilesystemStatus decode(const pb::FilesystemStatus& of) {
  HoldFilesystemStatus native;
  native.filesystem = decode(of.filesystem());
  native.state = decode_enum<FreezeState>(of.state());
  native.certainty = decode_optional_enum<Certainty>(of.certainty());
  native.held_by_this = of.held_by_this();
  native.frozen_by = decode_all(of.frozen_by());
  native.evidence = decode_optional_enum<StateEvidence>(of.evidence());
  return native;
}

PlannedFilesystem decode(const pb::PlannedFilesystem& of) {
  PlannedFilesystem native;
  native.filesystem = decode(of.filesystem());
  native.step = of.step();
  native.dirty_bytes = FSFREEZED_OPTIONAL(of, dirty_bytes, as_is);
  native.device_stack = decode_all(of.device_stack());
  native.state = decode_optional_enum<FreezeState>(of.state());
  native.certainty = decode_optional_enum<Certainty>(of.certainty());
  native.frozen_by = decode_all(of.frozen_by());
  native.refusal = FSFREEZED_OPTIONAL(of, refusal, decode);
  native.warnings = {of.warnings().begin(), of.warnings().end()};
  return native;
}

HoldInfo decode(const pb::Hold& hold) {
  HoldInfo native(raw(hold));
  native.hold_id = hold.hold_id();
  native.kind = decode_enum<HoldKind>(hold.kind());
  native.state = decode_enum<HoldState>(hold.state());
  native.owner = decode(hold.owner());
  native.purpose = hold.purpose();
  native.filesystems = decode_all(hold.filesystems());
  native.effective = decode(hold.effective());
  native.open_time = FSFREEZED_OPTIONAL(hold, open_time, time_of);
  native.frozen_time = FSFREEZED_OPTIONAL(hold, frozen_time, time_of);
  native.skew = FSFREEZED_OPTIONAL(hold, skew, duration_of);
  native.expire_time = FSFREEZED_OPTIONAL(hold, expire_time, time_of);
  native.linger_expire_time = FSFREEZED_OPTIONAL(hold, linger_expire_time, time_of);
  native.passed_over = decode_all(hold.passed_over());
  native.receipt = FSFREEZED_OPTIONAL(hold, receipt, decode);
  return native;
}

HoldStatus decode(const pb::HoldStatus& status) {
  HoldStatus native(raw(status));
  native.state = decode_enum<FreezeState>(status.state());
  native.held_by_this = status.held_by_this();
  native.filesystems = decode_all(status.filesystems());
  native.expire_time = FSFREEZED_OPTIONAL(status, expire_time, time_of);
  return native;
}

Progress decode(const pb::HoldProgress& progress) {
  Progress native(raw(progress));
  native.filesystem = decode(progress.filesystem());
  native.phase = decode_enum<FreezePhase>(progress.phase());
  native.sync_pass = progress.sync_pass();
  native.dirty_bytes_left = FSFREEZED_OPTIONAL(progress, dirty_bytes_left, as_is);
  native.elapsed = FSFREEZED_OPTIONAL(progress, elapsed, duration_of);
  native.waiting_for = FSFREEZED_OPTIONAL(progress, waiting_for, decode);
  return native;
}

FrozenStatus decode(const pb::IsFrozenResponse& response) {
  FrozenStatus native(raw(response));
  native.filesystem = decode(response.filesystem());
  native.state = decode_enum<FreezeState>(response.state());
  native.certainty = decode_optional_enum<Certainty>(response.certainty());
  native.frozen_by = decode_all(response.frozen_by());
  native.evidence = decode_optional_enum<StateEvidence>(response.evidence());
  return native;
}

FilesystemInfo decode(const pb::FilesystemInfo& info) {
  FilesystemInfo native(raw(info));
  native.filesystem = decode(info.filesystem());
  native.mount_points = {info.mount_points().begin(), info.mount_points().end()};
  native.refusal = FSFREEZED_OPTIONAL(info, refusal, decode);
  native.state = decode_enum<FreezeState>(info.state());
  native.certainty = decode_optional_enum<Certainty>(info.certainty());
  native.frozen_by = decode_all(info.frozen_by());
  native.evidence = decode_optional_enum<StateEvidence>(info.evidence());
  return native;
}

Plan decode(const pb::Plan& plan) {
  Plan native(raw(plan));
  native.filesystems = decode_all(plan.filesystems());
  native.passed_over = decode_all(plan.passed_over());
  native.warnings = {plan.warnings().begin(), plan.warnings().end()};
  return native;
}

ForcedThaw decode(const pb::ForcedThaw& forced) {
  ForcedThaw native(raw(forced));
  native.filesystem = decode(forced.filesystem());
  native.frozen_by = decode_all(forced.frozen_by());
  native.state = decode_enum<FreezeState>(forced.state());
  return native;
}

}  // namespace fsfreezed::detail
