/// What a Hold is made of: it outlives the handle until its stream has ended.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "broken_signal.h"
#include "fsfreezed/options.h"
#include "hold_stream.h"
#include "hold_thread.h"
#include "renewal.h"

namespace fsfreezed::detail {

/// What the owner of a hold wants of it beside what the service is told.
struct HoldBehaviour {
  bool auto_renew;
  /// How long automatic renewal may keep one freeze, from `frozen`.
  std::chrono::milliseconds max_hold;
  bool accept_unproven;
  /// Whether a hold that its opener gives up would outlive its stream.
  bool lingers;
  std::function<void(const Progress&)> on_progress;
  std::function<void(std::optional<Time>)> on_expiring;
  std::function<void(const FreezeError&)> on_renew_failed;
  std::function<void(const Ended&)> on_ended;
};

/// How a hold is opened.
struct OpenRequest {
  fsfreeze::v1::HoldOpen open;
  /// Wait for `frozen`; else only for `opened`.
  bool until_frozen;
  /// Until opening is given up, which thaws.
  std::chrono::milliseconds timeout;
  const std::optional<Cancellation>& cancellation;
};

class HoldCore final : public HoldStreamListener, public std::enable_shared_from_this<HoldCore> {
 public:
  /// Blocks until the hold is what was asked for. Throws FreezeError, and then nothing stays
  /// frozen.
  static std::shared_ptr<HoldCore> open(const std::shared_ptr<Channel>& channel,
                                        const OpenRequest& request, HoldBehaviour behaviour);

  HoldCore(const std::shared_ptr<Channel>& channel, HoldBehaviour behaviour, bool until_frozen);

  // What `opened` told once.
  const std::string& id() const noexcept { return id_; }
  const std::string& resume_token() const noexcept { return resume_token_; }
  const Limits& limits() const noexcept { return limits_; }
  const std::optional<Plan>& plan() const noexcept { return plan_; }

  HoldInfo info() const;
  std::optional<Time> expire_time() const;
  std::optional<Receipt> receipt() const;
  BrokenSignal& broken() noexcept { return broken_; }

  std::optional<Time> renew(std::optional<std::chrono::milliseconds> ttl);
  HoldStatus status();
  HoldInfo freeze();
  std::vector<FrozenBy> thaw();
  Receipt release(const ReleaseOptions& options);
  void cancel() noexcept;
  /// The end of the handle.
  void close() noexcept;

  void event(const HoldEvent& event) override;
  void ended(const Outcome& outcome) override;

 private:
  enum class Ending { not_asked, released, cancelled };

  bool ready() const { return until_frozen_ ? was_frozen_ : is_open_; }
  void wait_until_ready(const OpenRequest& request);
  void abandon();

  void opened(const fsfreeze::v1::HoldOpened& opened);
  void frozen(const fsfreeze::v1::HoldFrozen& frozen);
  void tell(const fsfreeze::v1::HoldProgress& progress);
  void tell(const fsfreeze::v1::HoldExpiring& expiring);
  void break_with(const FreezeError& error);

  void start_renewal();
  void renewal_tick();
  void renewal_failed(const FreezeError& error);

  HoldEvent ask(HoldCommand command, HoldEvent::EventCase expected,
                std::chrono::milliseconds timeout, const char* what);
  std::optional<FreezeError> judge(const Outcome& outcome, bool accept_unproven) const;

  const HoldBehaviour behaviour_;
  const bool until_frozen_;
  const std::chrono::milliseconds timeout_;
  std::shared_ptr<HoldStream> stream_;

  // Written once, by `opened`, before the hold is handed out.
  std::string id_;
  std::string resume_token_;
  Limits limits_;
  std::optional<Plan> plan_;

  BrokenSignal broken_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool is_open_ = false;
  bool was_frozen_ = false;
  bool given_up_ = false;
  // Why what the service said on opening is no hold.
  std::optional<FreezeError> open_error_;
  HoldInfo info_;
  std::optional<Time> expire_time_;
  Ending ending_ = Ending::not_asked;
  // The service said that the hold ended; its status follows.
  bool has_ended_ = false;
  std::optional<Outcome> outcome_;
  std::optional<Renewal> renewal_;

  // The last, so that it ends before what its tasks use.
  HoldThread thread_;
};

}  // namespace fsfreezed::detail
