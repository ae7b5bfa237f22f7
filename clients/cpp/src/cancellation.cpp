#include "fsfreezed/cancellation.h"

#include <utility>

#include "cancellation_state.h"

namespace fsfreezed {
namespace detail {

void CancellationState::cancel() noexcept {
  const std::lock_guard lock(mutex_);
  if (std::exchange(cancelled_, true)) return;
  for (const auto& callback : callbacks_) callback();
}

bool CancellationState::cancelled() const noexcept {
  const std::lock_guard lock(mutex_);
  return cancelled_;
}

CancellationState::Callbacks::iterator CancellationState::add(std::function<void()> callback) {
  const std::lock_guard lock(mutex_);
  callbacks_.push_back(std::move(callback));
  if (cancelled_) callbacks_.back()();
  return std::prev(callbacks_.end());
}

void CancellationState::remove(Callbacks::iterator callback) {
  const std::lock_guard lock(mutex_);
  callbacks_.erase(callback);
}

}  // namespace detail

Cancellation::Cancellation() : state_(std::make_shared<detail::CancellationState>()) {}
void Cancellation::cancel() const noexcept { state_->cancel(); }
bool Cancellation::cancelled() const noexcept { return state_->cancelled(); }

}  // namespace fsfreezed
