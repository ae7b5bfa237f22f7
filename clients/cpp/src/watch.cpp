#include "fsfreezed/watch.h"

#include <utility>

#include "decode.h"
#include "watch_core.h"

namespace fsfreezed {
namespace detail {

void* WatchCore::tag(void (WatchCore::*event)(bool ok)) {
  return EventLoop::tag([self = shared_from_this(), event](bool ok) { (self.get()->*event)(ok); });
}

void WatchCore::begin(bool include_ended) {
  fsfreeze::v1::WatchHoldsRequest request;
  request.set_include_ended(include_ended);
  call_ = channel_->stub().PrepareAsyncWatchHolds(&context_, request, channel_->loop().queue());
  call_->StartCall(tag(&WatchCore::on_started));
}

std::optional<WatchEvent> WatchCore::next() {
  std::optional<WatchEvent> event;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return event_ || finished_ || cancelled_; });
    if (cancelled_) return std::nullopt;
    event = std::exchange(event_, std::nullopt);
    if (!event) {
      if (status_.ok()) return std::nullopt;
      throw error_of(status_);
    }
  }
  read_ahead();
  return event;
}

void WatchCore::cancel() noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(cancelled_, true)) return;
    changed_.notify_all();
  }
  context_.TryCancel();
  // Only a read tells that it is over.
  read_ahead();
}

void WatchCore::read_ahead() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(busy_, true)) return;
  call_->Read(&incoming_, tag(&WatchCore::on_read));
}

void WatchCore::on_started(bool ok) {
  if (!ok) return call_->Finish(&status_, tag(&WatchCore::on_finished));
  call_->Read(&incoming_, tag(&WatchCore::on_read));
}

void WatchCore::on_read(bool ok) {
  if (!ok) return call_->Finish(&status_, tag(&WatchCore::on_finished));
  const std::lock_guard lock(mutex_);
  if (incoming_.has_hold()) event_ = decode(incoming_.hold());
  if (incoming_.has_picture_complete()) event_ = PictureComplete{};
  // What only a newer service tells is passed over; and only a read tells that it is over.
  if (!event_ || cancelled_)
    call_->Read(&incoming_, tag(&WatchCore::on_read));
  else
    busy_ = false;
  changed_.notify_all();
}

void WatchCore::on_finished(bool /*ok*/) {
  const std::lock_guard lock(mutex_);
  finished_ = true;
  changed_.notify_all();
}

}  // namespace detail

Watch::Watch(std::shared_ptr<detail::WatchCore> core) noexcept : core_(std::move(core)) {}
Watch::Watch(Watch&& other) noexcept = default;

Watch& Watch::operator=(Watch&& other) noexcept {
  if (this != &other) {
    if (core_ != nullptr) core_->cancel();
    core_ = std::move(other.core_);
  }
  return *this;
}

Watch::~Watch() {
  if (core_ != nullptr) core_->cancel();
}

std::optional<WatchEvent> Watch::next() { return core_->next(); }
void Watch::cancel() noexcept { core_->cancel(); }

}  // namespace fsfreezed
