/// A hold tied to its stream: what `Client::hold` returns.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fsfreezed/error.h"
#include "fsfreezed/export.h"
#include "fsfreezed/model.h"
#include "fsfreezed/options.h"

namespace fsfreezed {

namespace detail {
class HoldCore;
struct BrokenSubscription;
}  // namespace detail

/// Keeps a set of file systems frozen until it is released or destroyed, its process ends, its
/// connection breaks, or its deadline passes.
///
/// Call `release()` where the work is done: it gives the receipt, or throws. The destructor thaws
/// too, but cannot say whether the freeze held (HoldOptions::on_ended can).
///
/// All methods may be called from several threads at once; moving and destroying may not. All throw
/// FreezeError. A hold that was moved from can only be assigned to or destroyed.
class [[nodiscard]] FSFREEZED_EXPORT Hold {
 public:
  Hold(Hold&& other) noexcept;
  /// Ends the hold that is replaced as the destructor does.
  Hold& operator=(Hold&& other) noexcept;
  /// Releases, unless that was done, and waits for the end, at most about a minute; never throws.
  ~Hold();

  /// Opaque; give it to programs that ask about the hold.
  [[nodiscard]] const std::string& id() const noexcept;
  /// Secret: lets another stream of the same owner take the hold over. Empty where the service does
  /// not serve that.
  [[nodiscard]] const std::string& resume_token() const noexcept;
  /// The service's limits that the times were clamped to.
  [[nodiscard]] const Limits& limits() const noexcept;
  /// What was to be frozen, and in which order, where the service plans.
  [[nodiscard]] const std::optional<Plan>& plan() const noexcept;

  /// The hold as the service last told all of it: when it was opened, and at each `frozen`.
  [[nodiscard]] HoldInfo info() const;
  /// The deadline by the service's wall clock, with all renewals. Empty: none runs.
  [[nodiscard]] std::optional<Time> expire_time() const;
  /// The receipt, once the hold has ended and the service could tell.
  [[nodiscard]] std::optional<Receipt> receipt() const;

  /// What broke the hold: it was thawed by somebody else, expired, was ended by another hand, or
  /// its stream was lost. What is copied from then on is worthless. Known at once, whatever the
  /// program does; empty while it holds, and after `release()` or `cancel()`. See BrokenCallback.
  [[nodiscard]] std::optional<FreezeError> broken() const;
  /// Throws what broke the hold; does nothing while it holds.
  void throw_if_broken() const;
  /// Waits until the hold is broken: true, or for so long: false.
  [[nodiscard]] bool wait_broken_for(std::chrono::milliseconds time) const;

  /// Sets a new deadline, `ttl` from now (default: the ttl in effect), and returns it. It may be
  /// sooner: the service clamps it to its limits. Throws FREEZE_BROKEN, FROZEN_TOO_LONG, or
  /// NOT_FROZEN.
  std::optional<Time> renew(std::optional<std::chrono::milliseconds> ttl = std::nullopt);
  /// What this hold holds, and what the kernel says.
  [[nodiscard]] HoldStatus status();
  /// Freezes all file systems of the hold (again): a new interval in the receipt, with a new ttl.
  /// Returns when all are frozen; at once while they are.
  HoldInfo freeze();
  /// Drops this hold's part in the freeze but keeps the hold. Returns who else keeps any of it
  /// frozen.
  std::vector<FrozenBy> thaw();

  /// Thaws, and returns the receipt when the hold held: it was frozen without a gap, and nothing
  /// changed, until now.
  ///
  /// Throws FREEZE_BROKEN (not intact), UNPROVEN (unless accepted), NOT_FROZEN (never frozen),
  /// HOLD_EXPIRED, HOLD_ENDED (somebody else ended it), UNREACHABLE, TIMED_OUT; the error has the
  /// receipt where there is one. It is thawed in all of these cases. May be called again: the
  /// outcome is the same.
  Receipt release(const ReleaseOptions& options = {});
  /// Ends the hold at once without a verdict, as if this process died: the service thaws it, or
  /// keeps it for `linger`.
  void cancel() noexcept;

 private:
  friend class BrokenCallback;
  friend class Client;
  explicit Hold(std::shared_ptr<detail::HoldCore> core) noexcept;
  void end() noexcept;

  std::shared_ptr<detail::HoldCore> core_;
};

/// Calls a function when a hold breaks, as `std::stop_callback` does for a stop: once, at once, on
/// a thread of the hold's own; in the constructor where the hold is broken already. Its destructor
/// waits for a call that is under way elsewhere.
///
///     BrokenCallback stop(hold, [&](const FreezeError&) { copy.cancel(); });
class [[nodiscard]] FSFREEZED_EXPORT BrokenCallback {
 public:
  /// `callback` must not throw.
  BrokenCallback(const Hold& hold, std::function<void(const FreezeError&)> callback);
  BrokenCallback(const BrokenCallback&) = delete;
  BrokenCallback& operator=(const BrokenCallback&) = delete;
  ~BrokenCallback();

 private:
  std::shared_ptr<detail::HoldCore> core_;
  std::shared_ptr<detail::BrokenSubscription> subscription_;
};

}  // namespace fsfreezed
