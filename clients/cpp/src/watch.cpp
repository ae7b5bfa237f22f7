#include "fsfreezed/watch.h"

#include <utility>

#include "decode.h"
#include "reaper.h"
#include "watch_core.h"

namespace fsfreezed {
namespace detail {

void WatchCore::begin(bool include_ended) {
  self_ = shared_from_this();
  request_.set_include_ended(include_ended);
  channel_->stub().async()->WatchHolds(&context_, &request_, this);
  // Reads are started from outside of the reactions, until the last.
  AddHold();
  StartRead(&incoming_);
  StartCall();
}

std::optional<WatchEvent> WatchCore::next() {
  std::optional<WatchEvent> event;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return event_ || status_ || cancelled_; });
    if (cancelled_) return std::nullopt;
    event = std::exchange(event_, std::nullopt);
    if (!event) {
      if (status_->ok()) return std::nullopt;
      throw error_of(*status_);
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
  {
    const std::lock_guard lock(mutex_);
    if (reading_ || all_read_) return;
    reading_ = true;
  }
  StartRead(&incoming_);
}

void WatchCore::OnReadDone(bool ok) {
  if (ok && !incoming_.has_hold() && !incoming_.has_picture_complete()) {
    // What only a newer service tells is passed over.
    StartRead(&incoming_);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    reading_ = false;
    all_read_ = !ok;
    if (ok) {
      if (incoming_.has_hold())
        event_ = decode(incoming_.hold());
      else
        event_ = PictureComplete{};
    }
    changed_.notify_all();
  }
  if (!ok) {
    RemoveHold();
    return;
  }
  bool cancelled = false;
  {
    const std::lock_guard lock(mutex_);
    cancelled = cancelled_;
  }
  if (cancelled) read_ahead();
}

void WatchCore::OnDone(const grpc::Status& status) {
  {
    const std::lock_guard lock(mutex_);
    status_ = status;
    changed_.notify_all();
  }
  Reaper::instance().take(std::move(self_));
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
