/// Tells, once, that a hold broke.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "fsfreezed/error.h"

namespace fsfreezed::detail {

struct BrokenSubscription {
  std::function<void(const FreezeError&)> callback;
  bool running = false;
  std::thread::id runner;
};

/// Thread-safe.
class BrokenSignal {
 public:
  using Callback = std::function<void(const FreezeError&)>;

  /// False where it fired before, or never will. The callbacks are left to `run_callbacks`.
  bool fire(const FreezeError& error);
  /// It will not fire any more.
  void end();

  std::optional<FreezeError> error() const;
  /// Waits until it fires or will not fire any more; whether it fired.
  bool wait_until(std::chrono::steady_clock::time_point deadline) const;

  /// Calls it at once where the signal fired already.
  std::shared_ptr<BrokenSubscription> subscribe(Callback callback);
  /// Waits for a callback that is running, unless it does so itself.
  void unsubscribe(const std::shared_ptr<BrokenSubscription>& subscription);
  /// After `fire`: on a thread that callbacks may block.
  void run_callbacks();

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::optional<FreezeError> error_;
  bool ended_ = false;
  std::list<std::shared_ptr<BrokenSubscription>> subscriptions_;
};

}  // namespace fsfreezed::detail
