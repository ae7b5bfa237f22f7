/// What calls can be told. All are aggregates: with C++20, `client.hold("/srv", {.ttl = 20s,
/// .purpose = "nightly"})`.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "fsfreezed/cancellation.h"
#include "fsfreezed/error.h"
#include "fsfreezed/model.h"

namespace fsfreezed {

/// PEM texts for TLS (the texts, not the names of files).
struct TlsOptions {
  /// The CA that signed the service's certificate. Default: the system's.
  std::string ca{};
  /// The client's certificate and its key, for mutual TLS: both or none.
  std::string certificate{};
  std::string key{};
  /// The name in the service's certificate, where it is not the address's host.
  std::string server_name{};
};

struct ConnectOptions {
  /// For HOST:PORT. Without it TCP is plain text, which a service takes on a loopback address only.
  std::optional<TlsOptions> tls{};
  /// How long a call may take beyond what it itself waits for.
  std::chrono::milliseconds timeout{10'000};
  /// Between the pings of an open hold or watch, and until one without an answer breaks the
  /// connection.
  std::chrono::milliseconds keepalive_time{1'000};
  std::chrono::milliseconds keepalive_timeout{1'000};
};

/// Writing back before the freeze.
struct Presync {
  /// Default: the service's choice.
  std::optional<PresyncMode> mode{};
  /// For all passes together. Default: 60 s.
  std::optional<std::chrono::milliseconds> timeout{};
};

/// The operator's programs around a freeze.
struct Hooks {
  /// Empty: all that the operator installed.
  std::vector<std::string> names{};
  /// For each. Default: 10 s.
  std::optional<std::chrono::milliseconds> timeout{};
};

/// How a hold ended.
struct Ended {
  /// What `release()` throws or would throw. Empty: it held.
  std::optional<FreezeError> error;
  /// There where the service could tell.
  std::optional<Receipt> receipt;
};

/// Options of `Client::hold`.
///
/// The functions are called one after another on a thread of the hold's own, never after the Hold
/// is destroyed. They may use the hold, and must not throw. Keep them short: automatic renewal
/// waits for them.
struct HoldOptions {
  /// How long it lasts from the moment that all are frozen, and from each renewal. Default: the
  /// service's, 10 s. The service clamps it to its limits.
  std::optional<std::chrono::milliseconds> ttl{};
  /// How long freezing may take. Default: the service's, 30 s. Clamped by the service.
  std::optional<std::chrono::milliseconds> freeze_timeout{};
  /// A short text for people, at most 256 bytes: shown to whoever is refused because of this hold.
  std::string purpose{};
  /// Writing back before the freeze. Default: the service's choice.
  std::optional<Presync> presync{};
  /// Run the operator's hooks. Default: none.
  std::optional<Hooks> hooks{};
  /// Renew by itself, each time that a third of the ttl is over, for as long as the process lives.
  /// With false the hold ends `ttl` after it was frozen, unless you `renew` it.
  bool auto_renew = true;
  /// How long automatic renewal may keep it frozen. Default: 60 s, or `ttl` where that is longer.
  std::optional<std::chrono::milliseconds> max_hold{};
  /// False: only open; freeze later by `Hold::freeze`.
  bool freeze_on_open = true;
  /// How long the hold outlives a lost stream, for `Client::resume`. Default: not at all.
  std::optional<std::chrono::milliseconds> linger{};
  /// Take UNPROVEN for good: nothing wrong was seen, but a piece of the proof is missing.
  bool accept_unproven = false;
  /// Gives up opening. Once the call has returned it has no effect.
  std::optional<Cancellation> cancellation{};
  /// How far freezing is, at most about 5 times a second for each file system.
  std::function<void(const Progress&)> on_progress{};
  /// The deadline is near. With automatic renewal: `max_hold` is about to end it.
  std::function<void(std::optional<Time>)> on_expiring{};
  /// An automatic renewal was refused; the hold goes on to its deadline.
  std::function<void(const FreezeError&)> on_renew_failed{};
  /// The hold has ended, by whatever way, e.g. by a destructor, which cannot throw. Once.
  std::function<void(const Ended&)> on_ended{};
};

/// Options of `Client::resume`; see HoldOptions.
struct ResumeOptions {
  /// A new deadline, counted from now. Default: it stays as it is.
  std::optional<std::chrono::milliseconds> ttl{};
  /// Default: it stays as it is.
  std::optional<std::chrono::milliseconds> linger{};
  bool auto_renew = true;
  std::optional<std::chrono::milliseconds> max_hold{};
  bool accept_unproven = false;
  std::optional<Cancellation> cancellation{};
  std::function<void(const Progress&)> on_progress{};
  std::function<void(std::optional<Time>)> on_expiring{};
  std::function<void(const FreezeError&)> on_renew_failed{};
  std::function<void(const Ended&)> on_ended{};
};

/// Options of every call that has no others.
struct CallOptions {
  /// Until the call is given up with TIMED_OUT. Default: ConnectOptions::timeout, and what the call
  /// itself waits for.
  std::optional<std::chrono::milliseconds> timeout{};
  std::optional<Cancellation> cancellation{};
};

/// Options of `Client::freeze`; see HoldOptions.
struct FreezeOptions {
  std::optional<std::chrono::milliseconds> ttl{};
  std::optional<std::chrono::milliseconds> freeze_timeout{};
  std::string purpose{};
  std::optional<Presync> presync{};
  std::optional<Hooks> hooks{};
  /// Makes a retry safe: the same id gives the same hold, never a second one. At most 128 bytes.
  /// Default: a random UUID.
  std::string request_id{};
  std::optional<std::chrono::milliseconds> timeout{};
  std::optional<Cancellation> cancellation{};
};

/// Options of `Client::thaw`.
struct ThawOptions {
  bool accept_unproven = false;
  /// Default: 60 s, because a thaw waits for lower layers that are frozen.
  std::optional<std::chrono::milliseconds> timeout{};
  std::optional<Cancellation> cancellation{};
};

/// Options of `Hold::release`.
struct ReleaseOptions {
  /// Default: as the hold was opened.
  std::optional<bool> accept_unproven{};
  /// To wait for the verdict. The service goes on thawing in any case.
  std::chrono::milliseconds timeout{60'000};
};

}  // namespace fsfreezed
