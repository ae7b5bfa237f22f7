/// What every call of the client throws.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "fsfreezed/export.h"
#include "fsfreezed/model.h"
#include "fsfreezed/names.h"

namespace fsfreezed {

/// The reasons of a FreezeError. A newer service may give others: go by `FreezeError::code` then.
namespace reasons {

// Reasons that the client itself gives.

/// The service cannot be reached, or the connection broke. Whether a call took effect is not known.
inline constexpr std::string_view unreachable = "UNREACHABLE";
/// No answer in time. Whether the call took effect is not known.
inline constexpr std::string_view timed_out = "TIMED_OUT";
/// The caller cancelled (Cancellation, `Hold::cancel`).
inline constexpr std::string_view cancelled = "CANCELLED";
/// Nothing wrong was seen, but a piece of the proof is missing: see the receipt, and
/// `accept_unproven`.
inline constexpr std::string_view unproven = "UNPROVEN";
/// The service answered with a status but no reason, or otherwise than the contract says.
inline constexpr std::string_view protocol = "PROTOCOL";

// Reasons that the service gives: see ErrorReason in proto/fsfreeze/v1/errors.proto.

inline constexpr std::string_view invalid_request = "INVALID_REQUEST";
inline constexpr std::string_view target_not_found = "TARGET_NOT_FOUND";
inline constexpr std::string_view hold_not_found = "HOLD_NOT_FOUND";
inline constexpr std::string_view not_a_directory = "NOT_A_DIRECTORY";
inline constexpr std::string_view not_a_mount_point = "NOT_A_MOUNT_POINT";
inline constexpr std::string_view target_mismatch = "TARGET_MISMATCH";
inline constexpr std::string_view target_ambiguous = "TARGET_AMBIGUOUS";
inline constexpr std::string_view protected_filesystem = "PROTECTED_FILESYSTEM";
inline constexpr std::string_view not_freezable = "NOT_FREEZABLE";
inline constexpr std::string_view not_frozen = "NOT_FROZEN";
inline constexpr std::string_view frozen_by_another = "FROZEN_BY_ANOTHER";
inline constexpr std::string_view device_suspended = "DEVICE_SUSPENDED";
inline constexpr std::string_view lower_layer_frozen = "LOWER_LAYER_FROZEN";
inline constexpr std::string_view frozen_too_long = "FROZEN_TOO_LONG";
inline constexpr std::string_view hold_ended = "HOLD_ENDED";
inline constexpr std::string_view hold_ambiguous = "HOLD_AMBIGUOUS";
inline constexpr std::string_view hooks_impossible = "HOOKS_IMPOSSIBLE";
inline constexpr std::string_view not_permitted = "NOT_PERMITTED";
inline constexpr std::string_view resume_refused = "RESUME_REFUSED";
inline constexpr std::string_view unauthenticated = "UNAUTHENTICATED";
inline constexpr std::string_view freeze_timeout = "FREEZE_TIMEOUT";
inline constexpr std::string_view hold_expired = "HOLD_EXPIRED";
inline constexpr std::string_view freeze_broken = "FREEZE_BROKEN";
inline constexpr std::string_view hold_taken_over = "HOLD_TAKEN_OVER";
inline constexpr std::string_view too_many_holds = "TOO_MANY_HOLDS";
inline constexpr std::string_view too_many_stuck_freezes = "TOO_MANY_STUCK_FREEZES";
inline constexpr std::string_view guardian_unavailable = "GUARDIAN_UNAVAILABLE";
inline constexpr std::string_view shutting_down = "SHUTTING_DOWN";
inline constexpr std::string_view unsupported = "UNSUPPORTED";
inline constexpr std::string_view daemon_not_privileged = "DAEMON_NOT_PRIVILEGED";
inline constexpr std::string_view io_error = "IO_ERROR";
inline constexpr std::string_view internal = "INTERNAL";
inline constexpr std::string_view freeze_cancelled = "FREEZE_CANCELLED";
inline constexpr std::string_view client_gone = "CLIENT_GONE";

}  // namespace reasons

/// A call or a hold failed. Branch on `reason()`; `what()` is for people and may change.
class FSFREEZED_EXPORT FreezeError : public std::runtime_error {
 public:
  using Metadata = std::map<std::string, std::string>;

  FreezeError(std::string_view reason, StatusCode code, const std::string& message,
              Metadata metadata = {}, std::optional<Receipt> receipt = std::nullopt);
  FreezeError(const FreezeError&) noexcept = default;
  FreezeError& operator=(const FreezeError&) noexcept = default;
  ~FreezeError() override;

  /// One of `reasons`, or a newer one.
  [[nodiscard]] const std::string& reason() const noexcept;
  [[nodiscard]] StatusCode code() const noexcept;
  /// Every variable part: `path`, `device`, `errno`, `holder` ... as the reason names them.
  [[nodiscard]] const Metadata& metadata() const noexcept;
  /// The receipt of the hold that this error is about, where the service sent one.
  [[nodiscard]] const std::optional<Receipt>& receipt() const noexcept;

 private:
  struct Parts;
  // Shared, because copying an exception must not throw.
  std::shared_ptr<const Parts> parts_;
};

}  // namespace fsfreezed
