#include "hold_stream.h"

#include <utility>

#include "decode.h"

namespace fsfreezed::detail {

FreezeError error_after(const Outcome& outcome) {
  if (outcome.error) return *outcome.error;
  return {reasons::hold_ended,
          StatusCode::failed_precondition,
          "the hold has ended",
          {},
          outcome.receipt};
}

HoldStream::HoldStream(std::shared_ptr<Channel> channel,
                       std::shared_ptr<HoldStreamListener> listener)
    : channel_(std::move(channel)), listener_(std::move(listener)) {}

void* HoldStream::tag(void (HoldStream::*event)(bool ok)) {
  return EventLoop::tag([self = shared_from_this(), event](bool ok) { (self.get()->*event)(ok); });
}

void HoldStream::begin(HoldCommand open) {
  send(std::move(open));
  call_ = channel_->stub().PrepareAsyncHoldFreeze(&context_, channel_->loop().queue());
  call_->StartCall(tag(&HoldStream::on_started));
}

void HoldStream::send(HoldCommand command) {
  const std::lock_guard lock(mutex_);
  enqueue(std::move(command));
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
  const std::uint64_t seq = enqueue(std::move(command));
  pending_[seq] = {expected, std::move(done)};
  return seq;
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

// The lock is held.
std::uint64_t HoldStream::enqueue(HoldCommand command) {
  const std::uint64_t seq = ++last_seq_;
  command.set_seq(seq);
  outgoing_.push_back(std::move(command));
  write_next();
  return seq;
}

// The lock is held.
void HoldStream::write_next() {
  if (!can_write_ || outgoing_.empty()) return;
  can_write_ = false;
  call_->Write(outgoing_.front(), tag(&HoldStream::on_written));
  outgoing_.pop_front();
}

void HoldStream::on_started(bool ok) {
  if (!ok) return call_->Finish(&status_, tag(&HoldStream::on_finished));
  call_->Read(&incoming_, tag(&HoldStream::on_read));
  on_written(true);
}

void HoldStream::on_written(bool ok) {
  // Else the stream has ended: nothing is written any more, and the read tells.
  if (!ok) return;
  const std::lock_guard lock(mutex_);
  can_write_ = true;
  write_next();
}

void HoldStream::on_read(bool ok) {
  if (!ok) return call_->Finish(&status_, tag(&HoldStream::on_finished));
  // The listener first, so that whoever waits for the answer sees a hold that knows of it.
  if (incoming_.has_ended() && incoming_.ended().has_receipt())
    receipt_ = decode(incoming_.ended().receipt());
  listener_->event(incoming_);
  answer(incoming_);
  call_->Read(&incoming_, tag(&HoldStream::on_read));
}

void HoldStream::answer(const HoldEvent& event) {
  std::function<void(Answer)> done;
  {
    const std::lock_guard lock(mutex_);
    const auto found = pending_.find(event.seq());
    if (found == pending_.end()) return;
    if (!event.has_failed() && event.event_case() != found->second.expected) return;
    done = std::move(found->second.done);
    pending_.erase(found);
  }
  if (event.has_failed())
    done(error_of(event.failed()));
  else
    done(event);
}

void HoldStream::on_finished(bool /*ok*/) {
  Outcome outcome;
  std::map<std::uint64_t, Pending> left;
  {
    const std::lock_guard lock(mutex_);
    if (!status_.ok())
      outcome.error = with_receipt(cancelled_ ? cancelled_error() : error_of(status_), receipt_);
    outcome.receipt =
        receipt_ ? receipt_ : (outcome.error ? outcome.error->receipt() : std::nullopt);
    outcome_ = outcome;
    left = std::move(pending_);
    outgoing_.clear();
    can_write_ = false;
  }
  std::exchange(listener_, nullptr)->ended(outcome);
  for (const auto& [seq, pending] : left) pending.done(error_after(outcome));
}

}  // namespace fsfreezed::detail
