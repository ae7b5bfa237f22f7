#include "hold_stream.h"

#include <utility>

#include "decode.h"
#include "reaper.h"

namespace fsfreezed::detail {

/// What ends with a stream.
struct HoldStream::Remains {
  std::shared_ptr<HoldStream> stream;
  std::shared_ptr<HoldStreamListener> listener;
  std::map<std::uint64_t, Pending> pending;
};

FreezeError error_after(const Outcome& outcome) {
  if (outcome.error) return *outcome.error;
  return {reasons::hold_ended,
          StatusCode::failed_precondition,
          "the hold has ended",
          {},
          outcome.receipt};
}

std::shared_ptr<HoldStream> HoldStream::make(std::shared_ptr<Channel> channel,
                                             std::shared_ptr<HoldStreamListener> listener) {
  return std::shared_ptr<HoldStream>(new HoldStream(std::move(channel), std::move(listener)));
}

HoldStream::HoldStream(std::shared_ptr<Channel> channel,
                       std::shared_ptr<HoldStreamListener> listener)
    : channel_(std::move(channel)), listener_(std::move(listener)) {}

void HoldStream::begin(HoldCommand open) {
  self_ = shared_from_this();
  channel_->stub().async()->HoldFreeze(&context_, this);
  // Commands are written from outside of the reactions, until the last read.
  AddHold();
  StartRead(&incoming_);
  send(std::move(open));
  StartCall();
}

void HoldStream::send(HoldCommand command) {
  std::unique_lock lock(mutex_);
  enqueue(lock, std::move(command));
}

std::uint64_t HoldStream::request(HoldCommand command, HoldEvent::EventCase expected,
                                  std::function<void(Answer)> done) {
  std::unique_lock lock(mutex_);
  if (outcome_) {
    const FreezeError error = error_after(*outcome_);
    lock.unlock();
    done(error);
    return 0;
  }
  pending_[last_seq_ + 1] = {expected, std::move(done)};
  return enqueue(lock, std::move(command));
}

void HoldStream::forget(std::uint64_t seq) {
  const std::lock_guard lock(mutex_);
  pending_.erase(seq);
}

void HoldStream::cancel() noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (outcome_) return;
    cancelled_ = true;
  }
  context_.TryCancel();
}

std::uint64_t HoldStream::enqueue(std::unique_lock<std::mutex>& lock, HoldCommand command) {
  const std::uint64_t seq = ++last_seq_;
  command.set_seq(seq);
  outgoing_.push_back(std::move(command));
  write_next(lock);
  return seq;
}

void HoldStream::write_next(std::unique_lock<std::mutex>& lock) {
  if (is_writing_ || is_starting_write_ || all_read_ || outgoing_.empty()) return;
  writing_ = std::move(outgoing_.front());
  outgoing_.pop_front();
  is_writing_ = true;
  is_starting_write_ = true;
  lock.unlock();
  StartWrite(&writing_);
  lock.lock();
  is_starting_write_ = false;
  if (all_read_) {
    lock.unlock();
    RemoveHold();
  } else {
    // It may have been written already, by another thread.
    write_next(lock);
  }
}

void HoldStream::OnWriteDone(bool ok) {
  // Else the stream has ended: nothing is written any more, and the read tells.
  if (!ok) return;
  std::unique_lock lock(mutex_);
  is_writing_ = false;
  write_next(lock);
}

void HoldStream::OnReadDone(bool ok) {
  if (ok) {
    // The listener first, so that whoever waits for the answer sees a hold that knows of it.
    if (incoming_.has_ended() && incoming_.ended().has_receipt())
      receipt_ = decode(incoming_.ended().receipt());
    listener_->event(incoming_);
    answer(incoming_);
    StartRead(&incoming_);
    return;
  }
  bool starting_write = false;
  {
    const std::lock_guard lock(mutex_);
    all_read_ = true;
    starting_write = is_starting_write_;
  }
  if (!starting_write) RemoveHold();
}

void HoldStream::answer(const HoldEvent& event) {
  std::function<void(Answer)> done;
  {
    const std::lock_guard lock(mutex_);
    const auto found = pending_.find(event.seq());
    if (found == pending_.end() ||
        (!event.has_failed() && event.event_case() != found->second.expected))
      return;
    done = std::move(found->second.done);
    pending_.erase(found);
  }
  if (event.has_failed())
    done(error_of(event.failed()));
  else
    done(event);
}

void HoldStream::OnDone(const grpc::Status& status) {
  auto remains = std::make_shared<Remains>();
  remains->stream = std::move(self_);
  remains->listener = std::move(listener_);
  Outcome outcome;
  {
    const std::lock_guard lock(mutex_);
    if (!status.ok())
      outcome.error = with_receipt(cancelled_ ? cancelled_error() : error_of(status), receipt_);
    outcome.receipt =
        receipt_ ? receipt_ : (outcome.error ? outcome.error->receipt() : std::nullopt);
    outcome_ = outcome;
    remains->pending = std::move(pending_);
    outgoing_.clear();
  }
  remains->listener->ended(outcome);
  for (const auto& [seq, pending] : remains->pending) pending.done(error_after(outcome));
  Reaper::instance().take(std::move(remains));
}

}  // namespace fsfreezed::detail
