#include "broken_signal.h"

#include <utility>

namespace fsfreezed::detail {

bool BrokenSignal::fire(const FreezeError& error) {
  const std::lock_guard lock(mutex_);
  if (error_ || ended_) return false;
  error_ = error;
  changed_.notify_all();
  return true;
}

void BrokenSignal::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

std::optional<FreezeError> BrokenSignal::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

bool BrokenSignal::wait_until(std::chrono::steady_clock::time_point deadline) const {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, deadline, [this] { return error_ || ended_; });
  return error_.has_value();
}

std::shared_ptr<BrokenSubscription> BrokenSignal::subscribe(Callback callback) {
  auto subscription = std::make_shared<BrokenSubscription>();
  subscription->callback = std::move(callback);
  std::unique_lock lock(mutex_);
  if (!error_) {
    subscriptions_.push_back(subscription);
    return subscription;
  }
  const FreezeError error = *error_;
  lock.unlock();
  subscription->callback(error);
  return subscription;
}

void BrokenSignal::unsubscribe(const std::shared_ptr<BrokenSubscription>& subscription) {
  std::unique_lock lock(mutex_);
  subscriptions_.remove(subscription);
  changed_.wait(lock, [&] {
    return !subscription->running || subscription->runner == std::this_thread::get_id();
  });
}

void BrokenSignal::run_callbacks() {
  std::unique_lock lock(mutex_);
  while (!subscriptions_.empty()) {
    const std::shared_ptr<BrokenSubscription> subscription = std::move(subscriptions_.front());
    subscriptions_.pop_front();
    subscription->running = true;
    subscription->runner = std::this_thread::get_id();
    const FreezeError error = *error_;
    lock.unlock();
    subscription->callback(error);
    lock.lock();
    subscription->running = false;
    changed_.notify_all();
  }
}

}  // namespace fsfreezed::detail
