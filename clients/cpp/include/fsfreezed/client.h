/// The client of fsfreezed.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "fsfreezed/error.h"
#include "fsfreezed/export.h"
#include "fsfreezed/hold.h"
#include "fsfreezed/model.h"
#include "fsfreezed/options.h"
#include "fsfreezed/target.h"
#include "fsfreezed/watch.h"

namespace fsfreezed {

namespace detail {
class Channel;
}

/// The name that tells whether the service can freeze; the empty name tells whether it lives.
inline constexpr std::string_view freeze_service_name = "fsfreeze.v1.FreezeService";

/// What the body of `Client::with_hold` returned, and the receipt.
template <class T>
struct Held {
  T value;
  Receipt receipt;
};

/// A connection to a service. Copies share it. All methods may be called from several threads at
/// once, block, and throw FreezeError. Beside it: std::invalid_argument for a duration that no
/// message of the contract can say (beyond 10,000 years), and std::system_error of the constructor
/// and of what opens a hold, where there can be no more threads: a client has one, and each hold.
///
/// Nothing is sent before the first call. A connection that breaks is made anew by the next call,
/// and no call is ever repeated by itself. Holds and watches live on after the client is destroyed.
class FSFREEZED_EXPORT Client {
 public:
  /// `address`: `unix:PATH`, `unix:///PATH`, an absolute path, or `HOST:PORT` (`[ADDRESS]:PORT` for
  /// IPv6).
  ///
  /// Throws std::invalid_argument for an address or TLS options that are none.
  explicit Client(std::string_view address, const ConnectOptions& options = {});
  Client(const Client&);
  Client(Client&&) noexcept;
  Client& operator=(const Client&);
  Client& operator=(Client&&) noexcept;
  ~Client();

  /// Freezes a set of file systems, all or none, for as long as the returned hold lives, and
  /// returns when all are frozen.
  ///
  /// The hold ends, and they are thawed, when it is released or destroyed, this process ends for
  /// any reason or is stopped for about 2 s, or the deadline passes.
  [[nodiscard]] Hold hold(const Targets& targets, const HoldOptions& options = {}) const;

  /// Runs `body` while a hold keeps the targets frozen, releases it, and returns the receipt; with
  /// what `body` returned, if anything.
  ///
  /// Throws what `body` threw, as it is, and thawed (HoldOptions::on_ended tells how the hold
  /// ended); else what `Hold::release` throws.
  template <class Body>
  auto with_hold(const Targets& targets, const HoldOptions& options, Body&& body) const {
    using Result = std::invoke_result_t<Body, Hold&>;
    // An exception of the body leaves by the Hold's destructor, which thaws and does not throw.
    Hold held = hold(targets, options);
    if constexpr (std::is_void_v<Result>) {
      std::invoke(std::forward<Body>(body), held);
      return held.release();
    } else {
      std::decay_t<Result> value = std::invoke(std::forward<Body>(body), held);
      return Held<std::decay_t<Result>>{std::move(value), held.release()};
    }
  }
  template <class Body>
  auto with_hold(const Targets& targets, Body&& body) const {
    return with_hold(targets, HoldOptions{}, std::forward<Body>(body));
  }

  /// Takes a living or lingering hold over, without a gap. The stream that had it ends with
  /// HOLD_TAKEN_OVER.
  [[nodiscard]] Hold resume(std::string_view hold_id, std::string_view resume_token,
                            const ResumeOptions& options = {}) const;

  /// Freezes a set of file systems, all or none, until `thaw` or the deadline, whatever becomes of
  /// this process.
  ///
  /// After UNREACHABLE or TIMED_OUT it is not known whether it froze: call again with the same
  /// FreezeOptions::request_id.
  HoldInfo freeze(const Targets& targets, const FreezeOptions& options = {}) const;

  /// Ends a hold by its id, and returns the receipt when the hold held. Throws FREEZE_BROKEN,
  /// UNPROVEN (unless accepted), HOLD_ENDED ... with the receipt in the error: it is thawed all the
  /// same.
  Receipt thaw(std::string_view hold_id, const ThawOptions& options = {}) const;
  /// The same by what your own `freeze` froze.
  Receipt thaw_target(const Target& target, const ThawOptions& options = {}) const;
  /// For administrators: thaws a file system that another tool froze, or that was unmounted while
  /// frozen.
  ForcedThaw force_thaw(const Target& target, const CallOptions& options = {}) const;

  /// Sets a new deadline, `ttl` from now (default: the ttl in effect). The answer tells the one
  /// granted.
  HoldInfo renew(std::string_view hold_id,
                 std::optional<std::chrono::milliseconds> ttl = std::nullopt,
                 const CallOptions& options = {}) const;

  /// The kernel's truth about one file system or block device, whoever froze it. Never blocks on
  /// it, changes nothing.
  [[nodiscard]] FrozenStatus is_frozen(const Target& target, const CallOptions& options = {}) const;
  /// What a hold would freeze, in which order, and what it would be refused for. Freezes nothing.
  [[nodiscard]] Plan plan(const Targets& targets, const CallOptions& options = {}) const;
  /// Every local file system: can it be frozen, is it, by whom. Asks page by page.
  [[nodiscard]] std::vector<FilesystemInfo> list_filesystems(const CallOptions& options = {}) const;
  /// One hold, live or ended; an ended one with its receipt.
  [[nodiscard]] HoldInfo get_hold(std::string_view hold_id, const CallOptions& options = {}) const;
  /// Live holds and ended ones, newest first. Asks page by page.
  [[nodiscard]] std::vector<HoldInfo> list_holds(const CallOptions& options = {}) const;
  /// First the whole picture, then each change. `include_ended`: begin with the ended holds that
  /// are remembered, too.
  [[nodiscard]] Watch watch(bool include_ended = false) const;

  /// `serving`: the service can freeze. `service`: another name of the health service; "" asks
  /// whether it lives at all. A name that it does not know throws with the code `not_found`.
  [[nodiscard]] HealthStatus health(std::string_view service = freeze_service_name,
                                    const CallOptions& options = {}) const;

 private:
  std::shared_ptr<detail::Channel> channel_;
};

}  // namespace fsfreezed
