/// What a Cancellation does to the calls that it was given to.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>

#include "fsfreezed/cancellation.h"

namespace fsfreezed::detail {

class CancellationState {
 public:
  using Callbacks = std::list<std::function<void()>>;

  static CancellationState& of(const Cancellation& cancellation) { return *cancellation.state_; }

  void cancel() noexcept;
  bool cancelled() const noexcept;
  /// Calls it at once where it is cancelled already.
  Callbacks::iterator add(std::function<void()> callback);
  void remove(Callbacks::iterator callback);

 private:
  // Held while callbacks run, so that none runs after its removal.
  mutable std::mutex mutex_;
  Callbacks callbacks_;
  bool cancelled_ = false;
};

/// Calls a function when a call is given up, for as long as this lives. The function must not use
/// the Cancellation, nor block.
class OnCancel {
 public:
  OnCancel(const std::optional<Cancellation>& cancellation, std::function<void()> callback)
      : cancellation_(cancellation) {
    if (cancellation_) callback_ = CancellationState::of(*cancellation_).add(std::move(callback));
  }
  OnCancel(const OnCancel&) = delete;
  OnCancel& operator=(const OnCancel&) = delete;
  ~OnCancel() {
    if (cancellation_) CancellationState::of(*cancellation_).remove(callback_);
  }

 private:
  std::optional<Cancellation> cancellation_;
  CancellationState::Callbacks::iterator callback_;
};

}  // namespace fsfreezed::detail
