#include <doctest/doctest.h>
#include <google/protobuf/descriptor.h>

#include <set>

#include "decode.h"
#include "fsfreezed/error.h"

using namespace fsfreezed;

TEST_CASE("a value that this version does not know has a name") {
  CHECK(to_string(Verdict::not_intact) == "NOT_INTACT");
  CHECK(to_string(StateEvidence::ext4_recovery_flag) == "EXT4_RECOVERY_FLAG");
  CHECK(to_string(static_cast<Verdict>(17)) == "UNKNOWN_17");
  CHECK(to_string(Verdict{}) == "UNKNOWN_0");
  CHECK(to_string(static_cast<Verdict>(-1)) == "UNKNOWN_-1");
  CHECK(to_string(StatusCode::unauthenticated) == "UNAUTHENTICATED");
  CHECK(to_string(HealthStatus::not_serving) == "NOT_SERVING");
  CHECK(to_string(static_cast<HealthStatus>(9)) == "UNKNOWN_9");
}

TEST_CASE("the enums have the numbers of the contract") {
  CHECK(to_string(FreezeState::unknown) == "UNKNOWN");
  CHECK(to_string(Certainty::likely) == "LIKELY");
  CHECK(to_string(StateEvidence::simulated) == "SIMULATED");
  CHECK(to_string(Freezer::unknown) == "UNKNOWN");
  CHECK(to_string(DeviceRole::lower) == "LOWER");
  CHECK(to_string(HoldKind::lease) == "LEASE");
  CHECK(to_string(HoldState::ended) == "ENDED");
  CHECK(to_string(HoldFilesystemState::broken) == "BROKEN");
  CHECK(to_string(FreezePhase::thawed) == "THAWED");
  CHECK(to_string(EndCause::daemon_restart) == "DAEMON_RESTART");
  CHECK(to_string(Verdict::never_frozen) == "NEVER_FROZEN");
  CHECK(to_string(IntervalEnd::unknown) == "UNKNOWN");
  CHECK(to_string(EvidenceKind::counters_alive) == "COUNTERS_ALIVE");
  CHECK(to_string(EvidenceResult::not_needed) == "NOT_NEEDED");
  CHECK(to_string(PresyncMode::until_calm) == "UNTIL_CALM");
}

TEST_CASE("every reason of the contract has a constant") {
  using namespace fsfreezed::reasons;
  const std::set<std::string_view> constants{invalid_request,
                                             target_not_found,
                                             hold_not_found,
                                             not_a_directory,
                                             not_a_mount_point,
                                             target_mismatch,
                                             target_ambiguous,
                                             protected_filesystem,
                                             not_freezable,
                                             not_frozen,
                                             frozen_by_another,
                                             device_suspended,
                                             lower_layer_frozen,
                                             frozen_too_long,
                                             hold_ended,
                                             hold_ambiguous,
                                             hooks_impossible,
                                             not_permitted,
                                             resume_refused,
                                             unauthenticated,
                                             freeze_timeout,
                                             hold_expired,
                                             freeze_broken,
                                             hold_taken_over,
                                             too_many_holds,
                                             too_many_stuck_freezes,
                                             guardian_unavailable,
                                             shutting_down,
                                             unsupported,
                                             daemon_not_privileged,
                                             io_error,
                                             internal,
                                             freeze_cancelled,
                                             client_gone};
  const auto& contract = *fsfreeze::v1::ErrorReason_descriptor();
  // All but UNSPECIFIED.
  CHECK(constants.size() == static_cast<std::size_t>(contract.value_count() - 1));
  for (const std::string_view reason : constants) {
    CAPTURE(std::string(reason));
    CHECK(contract.FindValueByName("ERROR_REASON_" + std::string(reason)) != nullptr);
  }
}
