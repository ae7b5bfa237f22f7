#include "hold_core.h"

#include <algorithm>
#include <future>
#include <utility>

#include "decode.h"
#include "verdict.h"

namespace fsfreezed::detail {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// freeze_timeout's default in the contract, where the service did not tell the one in effect.
constexpr milliseconds default_freeze_timeout{30'000};
// A thaw waits for lower layers that are frozen.
constexpr milliseconds thaw_timeout{60'000};
// For the answer to the release of a hold that its opener gave up, and for gRPC to tell that a
// stream was cancelled.
constexpr milliseconds farewell{2'000};

std::string in_ms(milliseconds time) { return std::to_string(time.count()) + " ms"; }

// The connection is lost, but not what became of the hold.
Outcome told_where_the_receipt_is(Outcome outcome, const std::string& hold_id) {
  if (!outcome.error || outcome.error->reason() != reasons::unreachable || hold_id.empty())
    return outcome;
  const FreezeError& error = *outcome.error;
  FreezeError::Metadata metadata = error.metadata();
  metadata.emplace("hold_id", hold_id);
  outcome.error = FreezeError(error.reason(), error.code(),
                              std::string(error.what()) +
                                  "; the hold is thawed without its client, and get_hold(\"" +
                                  hold_id + "\") has the receipt when the service is there again",
                              std::move(metadata), error.receipt());
  return outcome;
}

}  // namespace

HoldCore::HoldCore(const std::shared_ptr<Channel>& channel, HoldBehaviour behaviour,
                   bool until_frozen)
    : behaviour_(std::move(behaviour)), until_frozen_(until_frozen), timeout_(channel->timeout()) {}

std::shared_ptr<HoldCore> HoldCore::open(const std::shared_ptr<Channel>& channel,
                                         const OpenRequest& request, HoldBehaviour behaviour) {
  if (request.cancellation && request.cancellation->cancelled()) throw cancelled_error();
  auto core = std::make_shared<HoldCore>(channel, std::move(behaviour), request.until_frozen);
  HoldCommand command;
  *command.mutable_open() = request.open;
  core->stream_ = std::make_shared<HoldStream>(channel, core);
  core->stream_->begin(std::move(command));
  try {
    core->wait_until_ready(request);
  } catch (...) {
    core->abandon();
    throw;
  }
  return core;
}

void HoldCore::wait_until_ready(const OpenRequest& request) {
  const OnCancel on_cancel(request.cancellation, [this] {
    const std::lock_guard lock(mutex_);
    given_up_ = true;
    changed_.notify_all();
  });
  std::unique_lock lock(mutex_);
  const bool in_time = changed_.wait_until(lock, steady_deadline(request.timeout), [this] {
    return ready() || open_error_ || outcome_ || given_up_;
  });
  if (ready()) return;
  if (open_error_) throw *open_error_;
  if (outcome_) throw error_after(*outcome_);
  if (in_time) throw cancelled_error();
  given_up_ = true;
  throw timed_out_error("not frozen within " + in_ms(request.timeout));
}

// Nobody will have this hold.
void HoldCore::abandon() {
  if (behaviour_.lingers) {
    // Cancelling alone would leave it frozen for as long as it was to outlive a lost stream.
    try {
      release({std::nullopt, farewell});
    } catch (...) {
      // That it failed is what the caller is told already.
    }
  }
  stream_->cancel();
  thread_.finish();
}

HoldInfo HoldCore::info() const {
  const std::lock_guard lock(mutex_);
  return info_;
}

std::optional<Time> HoldCore::expire_time() const {
  const std::lock_guard lock(mutex_);
  return expire_time_;
}

std::optional<Receipt> HoldCore::receipt() const {
  const std::lock_guard lock(mutex_);
  return outcome_ ? outcome_->receipt : std::nullopt;
}

std::optional<Time> HoldCore::renew(std::optional<milliseconds> ttl) {
  HoldCommand command;
  auto& renew = *command.mutable_renew();
  if (ttl) *renew.mutable_ttl() = pb_duration(*ttl);
  const HoldEvent event = ask(std::move(command), HoldEvent::kRenewed, timeout_, "renew");
  if (!event.renewed().has_expire_time()) return std::nullopt;
  return time_of(event.renewed().expire_time());
}

HoldStatus HoldCore::status() {
  HoldCommand command;
  command.mutable_status();
  return decode(ask(std::move(command), HoldEvent::kStatus, timeout_, "status").status());
}

HoldInfo HoldCore::freeze() {
  const HoldOptionsInfo effective = info().effective;
  const nanoseconds presync =
      effective.presync ? effective.presync->timeout.value_or(nanoseconds(0)) : nanoseconds(0);
  const nanoseconds freezing = effective.freeze_timeout.value_or(default_freeze_timeout) + presync;
  HoldCommand command;
  command.mutable_freeze();
  const HoldEvent event =
      ask(std::move(command), HoldEvent::kFrozen,
          std::chrono::duration_cast<milliseconds>(freezing) + timeout_, "freeze");
  return event.frozen().has_hold() ? decode(event.frozen().hold()) : info();
}

std::vector<FrozenBy> HoldCore::thaw() {
  {
    const std::lock_guard lock(mutex_);
    renewal_.reset();
  }
  HoldCommand command;
  command.mutable_thaw();
  const HoldEvent event =
      ask(std::move(command), HoldEvent::kThawed, std::max(timeout_, thaw_timeout), "thaw");
  return decode_all(event.thawed().still_frozen_by());
}

HoldEvent HoldCore::ask(HoldCommand command, HoldEvent::EventCase expected, milliseconds timeout,
                        const char* what) {
  const auto promise = std::make_shared<std::promise<HoldStream::Answer>>();
  auto future = promise->get_future();
  const std::uint64_t seq = stream_->request(
      std::move(command), expected,
      [promise](HoldStream::Answer answer) { promise->set_value(std::move(answer)); });
  if (future.wait_until(steady_deadline(timeout)) != std::future_status::ready) {
    stream_->forget(seq);
    throw timed_out_error(std::string("no answer to ") + what + " within " + in_ms(timeout));
  }
  HoldStream::Answer answer = future.get();
  if (const auto* error = std::get_if<FreezeError>(&answer)) throw *error;
  return std::get<HoldEvent>(std::move(answer));
}

Receipt HoldCore::release(const ReleaseOptions& options) {
  std::unique_lock lock(mutex_);
  // What ended by another hand before was not released: what its owner did since is not covered.
  if (ending_ == Ending::not_asked && !has_ended_ && !outcome_) {
    ending_ = Ending::released;
    renewal_.reset();
    lock.unlock();
    HoldCommand command;
    command.mutable_release();
    stream_->send(std::move(command));
    lock.lock();
  }
  if (!changed_.wait_until(lock, steady_deadline(bounded(options.timeout)),
                           [this] { return outcome_.has_value(); })) {
    lock.unlock();
    // Nobody reads this stream any more; for the service the client is gone, and it thaws as soon
    // as it can.
    stream_->cancel();
    throw timed_out_error("no verdict within " + in_ms(options.timeout) +
                          "; the service goes on thawing");
  }
  if (const auto error =
          judge(*outcome_, options.accept_unproven.value_or(behaviour_.accept_unproven)))
    throw *error;
  return *outcome_->receipt;
}

// What a release makes of the end.
std::optional<FreezeError> HoldCore::judge(const Outcome& outcome, bool accept_unproven) const {
  if (outcome.error) return outcome.error;
  if (!outcome.receipt) return protocol_error("the stream ended without a receipt");
  if (auto bad = error_of_receipt(*outcome.receipt, accept_unproven)) return bad;
  if (ending_ == Ending::not_asked) return error_after(outcome);
  return std::nullopt;
}

void HoldCore::cancel() noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (ending_ == Ending::not_asked) ending_ = Ending::cancelled;
    renewal_.reset();
  }
  stream_->cancel();
}

void HoldCore::close() noexcept {
  try {
    release({});
  } catch (...) {
    // `on_ended` tells how it ended.
  }
  {
    // A stream that was cancelled ends at once, too.
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, steady_deadline(farewell), [this] { return outcome_.has_value(); });
  }
  thread_.finish();
}

void HoldCore::event(const HoldEvent& event) {
  switch (event.event_case()) {
    case HoldEvent::kOpened:
      opened(event.opened());
      return;
    case HoldEvent::kProgress:
      tell(event.progress());
      return;
    case HoldEvent::kFrozen:
      frozen(event.frozen());
      return;
    case HoldEvent::kRenewed: {
      const std::lock_guard lock(mutex_);
      if (event.renewed().has_expire_time()) expire_time_ = time_of(event.renewed().expire_time());
      return;
    }
    case HoldEvent::kThawed: {
      const std::lock_guard lock(mutex_);
      expire_time_.reset();
      return;
    }
    case HoldEvent::kExpiring:
      tell(event.expiring());
      return;
    case HoldEvent::kBroken: {
      const std::lock_guard lock(mutex_);
      break_with(error_of(id_, event.broken()));
      return;
    }
    case HoldEvent::kEnded: {
      const std::lock_guard lock(mutex_);
      has_ended_ = true;
      return;
    }
    // Answers, which HoldStream gives to whoever asked, and what only a newer service knows.
    case HoldEvent::kStatus:
    case HoldEvent::kFailed:
    case HoldEvent::EVENT_NOT_SET:
      return;
  }
}

void HoldCore::opened(const fsfreeze::v1::HoldOpened& opened) {
  const std::lock_guard lock(mutex_);
  if (is_open_) return;
  if (!opened.has_hold()) {
    open_error_ = protocol_error("`opened` without a hold");
    changed_.notify_all();
    return;
  }
  id_ = opened.hold().hold_id();
  resume_token_ = opened.resume_token();
  limits_ = decode(opened.limits());
  if (opened.has_plan()) plan_ = decode(opened.plan());
  info_ = decode(opened.hold());
  expire_time_ = info_.expire_time;
  is_open_ = true;
  if (info_.state == HoldState::frozen) {
    // Taken over while frozen: its deadline may come before the first third of the ttl.
    start_renewal();
    thread_.post([self = shared_from_this()] { self->renewal_tick(); });
  }
  changed_.notify_all();
}

void HoldCore::frozen(const fsfreeze::v1::HoldFrozen& frozen) {
  const std::lock_guard lock(mutex_);
  if (frozen.has_hold()) info_ = decode(frozen.hold());
  expire_time_ = info_.expire_time;
  was_frozen_ = is_open_;
  start_renewal();
  changed_.notify_all();
}

void HoldCore::tell(const fsfreeze::v1::HoldProgress& progress) {
  if (!behaviour_.on_progress) return;
  thread_.post_lossy([self = shared_from_this(), progress = decode(progress)] {
    self->behaviour_.on_progress(progress);
  });
}

void HoldCore::tell(const fsfreeze::v1::HoldExpiring& expiring) {
  const std::lock_guard lock(mutex_);
  // With renewal under way this is no news.
  if (!behaviour_.on_expiring || renewal_) return;
  std::optional<Time> time;
  if (expiring.has_expire_time()) time = time_of(expiring.expire_time());
  thread_.post([self = shared_from_this(), time] { self->behaviour_.on_expiring(time); });
}

// The lock is held.
void HoldCore::break_with(const FreezeError& error) {
  renewal_.reset();
  if (ending_ == Ending::not_asked && broken_.fire(error))
    thread_.post([self = shared_from_this()] { self->broken_.run_callbacks(); });
}

void HoldCore::ended(const Outcome& from_stream) {
  const Outcome outcome = told_where_the_receipt_is(from_stream, id_);
  const std::lock_guard lock(mutex_);
  renewal_.reset();
  expire_time_.reset();
  break_with(error_after(outcome));
  broken_.end();
  outcome_ = outcome;
  // Else opening it fails, and tells.
  if (ready() && !given_up_ && behaviour_.on_ended)
    thread_.post([self = shared_from_this(),
                  ended = Ended{judge(outcome, behaviour_.accept_unproven), outcome.receipt}] {
      self->behaviour_.on_ended(ended);
    });
  changed_.notify_all();
}

// The lock is held.
void HoldCore::start_renewal() {
  const std::optional<nanoseconds> ttl = info_.effective.ttl;
  if (!behaviour_.auto_renew || !ttl || ending_ != Ending::not_asked) return;
  renewal_.emplace(*ttl, behaviour_.max_hold, Renewal::Clock::now());
  thread_.set_timer(renewal_->first(), [self = shared_from_this()] { self->renewal_tick(); });
}

void HoldCore::renewal_tick() {
  Renewal::Step step;
  {
    const std::lock_guard lock(mutex_);
    if (!renewal_) return;
    step = renewal_->step(Renewal::Clock::now());
    if (step.next)
      thread_.set_timer(*step.next, [self = shared_from_this()] { self->renewal_tick(); });
    else
      renewal_.reset();
  }
  if (!step.ttl) return;
  HoldCommand command;
  *command.mutable_renew()->mutable_ttl() = pb_duration(*step.ttl);
  stream_->request(std::move(command), HoldEvent::kRenewed,
                   [self = shared_from_this()](const HoldStream::Answer& answer) {
                     if (const auto* error = std::get_if<FreezeError>(&answer))
                       self->renewal_failed(*error);
                   });
}

void HoldCore::renewal_failed(const FreezeError& error) {
  const std::lock_guard lock(mutex_);
  // With the stream gone there is `broken`, and nothing left to renew.
  if (outcome_ || !behaviour_.on_renew_failed) return;
  thread_.post([self = shared_from_this(), error] { self->behaviour_.on_renew_failed(error); });
}

}  // namespace fsfreezed::detail
