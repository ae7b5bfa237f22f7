/// The enums of the contract (proto/fsfreeze/v1), and their names.
///
/// A value has its number in the contract. One that only a newer service knows is kept as it came
/// and is never an error: give each `switch` a `default`. `to_string` gives the contract's name
/// without its prefix ("NOT_INTACT"), or "UNKNOWN_17".
#pragma once

#include <string>

#include "fsfreezed/export.h"

namespace fsfreezed {

/// Whether a file system is frozen, in the kernel.
enum class FreezeState : int {
  thawed = 1,
  /// Some writers are blocked already, the image is not stable yet.
  freezing = 2,
  frozen = 3,
  /// No way to find out works on this kernel and this file system.
  unknown = 4,
};

/// How far a FreezeState can be trusted.
enum class Certainty : int {
  /// Read from the kernel's own variable.
  certain = 1,
  /// Concluded from something that goes with a freeze.
  likely = 2,
};

/// Which way answered for a FreezeState.
enum class StateEvidence : int {
  none = 1,
  superblock = 2,
  ext4_recovery_flag = 3,
  xfs_reserve = 4,
  /// The service's simulated kernel: nothing is really frozen there.
  simulated = 5,
};

/// Who keeps a file system frozen.
enum class Freezer : int {
  this_service = 1,
  another_tool = 2,
  /// A suspended device-mapper device, or hibernation.
  kernel = 3,
  /// Somebody, but not this service.
  unknown = 4,
};

/// What a block device is to the file system that writes to it.
enum class DeviceRole : int {
  data = 1,
  log = 2,
  realtime = 3,
  lower = 4,
};

/// What a hold's life is tied to, beside its deadline.
enum class HoldKind : int {
  /// To a stream: a hold made by `Client::hold`.
  stream = 1,
  /// To nothing else: a hold made by `Client::freeze`.
  lease = 2,
};

/// Where a hold is in its life.
enum class HoldState : int {
  open = 1,
  freezing = 2,
  frozen = 3,
  thawing = 4,
  ended = 5,
};

/// Where one file system of a hold is, for this hold.
enum class HoldFilesystemState : int {
  open = 1,
  waiting = 2,
  freezing = 3,
  frozen = 4,
  thawing = 5,
  thawed = 6,
  broken = 7,
};

/// What is being done to a file system on its way to frozen, or to thawed.
enum class FreezePhase : int {
  waiting = 1,
  syncing = 2,
  freezing = 3,
  frozen = 4,
  thawing = 5,
  thawed = 6,
};

/// Why a hold ended.
enum class EndCause : int {
  released = 1,
  client_gone = 2,
  expired = 3,
  freeze_failed = 4,
  foreign_thaw = 5,
  device_failed = 6,
  administrator = 7,
  shutdown = 8,
  daemon_restart = 9,
};

/// Whether what was copied while the hold was frozen is one consistent image.
enum class Verdict : int {
  /// Proven: frozen and unchanged, from frozen until its owner ended it.
  intact = 1,
  /// It was thawed, or the image changed, or it did not last until its owner's release.
  not_intact = 2,
  /// Nothing wrong was seen, but a piece of the evidence is missing. A verdict that this version
  /// does not know means no more.
  unproven = 3,
  /// It ended before all of its file systems were frozen.
  never_frozen = 4,
};

/// How an interval ended for its file system.
enum class IntervalEnd : int {
  thawed = 1,
  left_frozen = 2,
  foreign_thaw = 3,
  device_failed = 4,
  unknown = 5,
};

/// One kind of proof that a file system stayed frozen and its image unchanged.
enum class EvidenceKind : int {
  owner_release = 1,
  frozen_state = 2,
  freeze_generation = 3,
  generation_fallback = 4,
  thaw_result = 5,
  device_health = 6,
  sectors_written = 7,
  sectors_discarded = 8,
  counters_alive = 9,
};

/// What a proof showed.
enum class EvidenceResult : int {
  held = 1,
  contradicted = 2,
  missing = 3,
  not_needed = 4,
};

/// Whether dirty data are written back before the freeze, while the file system is still writable.
enum class PresyncMode : int {
  off = 1,
  until_calm = 2,
};

/// What the health service says. `service_unknown`: it does not know the name that was asked for.
enum class HealthStatus : int {
  unknown = 0,
  serving = 1,
  not_serving = 2,
  service_unknown = 3,
};

/// Status of a gRPC call, by its number.
enum class StatusCode : int {
  ok = 0,
  cancelled = 1,
  unknown = 2,
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  already_exists = 6,
  permission_denied = 7,
  resource_exhausted = 8,
  failed_precondition = 9,
  aborted = 10,
  out_of_range = 11,
  unimplemented = 12,
  internal = 13,
  unavailable = 14,
  data_loss = 15,
  unauthenticated = 16,
};

FSFREEZED_EXPORT std::string to_string(FreezeState value);
FSFREEZED_EXPORT std::string to_string(Certainty value);
FSFREEZED_EXPORT std::string to_string(StateEvidence value);
FSFREEZED_EXPORT std::string to_string(Freezer value);
FSFREEZED_EXPORT std::string to_string(DeviceRole value);
FSFREEZED_EXPORT std::string to_string(HoldKind value);
FSFREEZED_EXPORT std::string to_string(HoldState value);
FSFREEZED_EXPORT std::string to_string(HoldFilesystemState value);
FSFREEZED_EXPORT std::string to_string(FreezePhase value);
FSFREEZED_EXPORT std::string to_string(EndCause value);
FSFREEZED_EXPORT std::string to_string(Verdict value);
FSFREEZED_EXPORT std::string to_string(IntervalEnd value);
FSFREEZED_EXPORT std::string to_string(EvidenceKind value);
FSFREEZED_EXPORT std::string to_string(EvidenceResult value);
FSFREEZED_EXPORT std::string to_string(PresyncMode value);
FSFREEZED_EXPORT std::string to_string(HealthStatus value);
FSFREEZED_EXPORT std::string to_string(StatusCode value);

}  // namespace fsfreezed
