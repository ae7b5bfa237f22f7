/// The thread of one hold: calls what its owner gave it, and renews it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace fsfreezed::detail {

/// Runs tasks one after another, and one timer. Thread-safe.
///
/// The event loop must not run an owner's functions: one that blocks, or waits for this very
/// stream, would keep it from answering the service's pings, and so lose the hold.
class HoldThread {
 public:
  using Clock = std::chrono::steady_clock;
  using Task = std::function<void()>;

  /// Throws std::system_error where there can be no more threads.
  HoldThread();
  HoldThread(const HoldThread&) = delete;
  HoldThread& operator=(const HoldThread&) = delete;
  ~HoldThread();

  /// Does nothing after `finish()`.
  void post(Task task);
  /// The same, unless too many wait already: for what may be missed.
  void post_lossy(Task task);
  /// Replaces the timer. Does not drift, because the caller names the instant.
  void set_timer(Clock::time_point at, Task task);
  void clear_timer();
  /// Runs what was posted, and ends the thread: waits for that, unless called on it.
  void finish();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace fsfreezed::detail
