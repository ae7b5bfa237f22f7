/// When, and for how long, a hold is renewed by itself.
#pragma once

#include <chrono>
#include <optional>

namespace fsfreezed::detail {

/// Renews each time that a third of the ttl is over, until `max_hold` is over. Only arithmetic: the
/// time comes in.
class Renewal {
 public:
  using Clock = std::chrono::steady_clock;

  struct Step {
    /// The new ttl. Empty: this one is left out.
    std::optional<std::chrono::milliseconds> ttl;
    /// When the next is due. Empty: there is none.
    std::optional<Clock::time_point> next;
  };

  /// `ttl`: as in effect. `start`: when it was frozen.
  Renewal(std::chrono::nanoseconds ttl, std::chrono::nanoseconds max_hold, Clock::time_point start);

  Clock::time_point first() const { return start_ + period_; }
  Step step(Clock::time_point now) const;

 private:
  std::chrono::nanoseconds ttl_;
  std::chrono::nanoseconds max_hold_;
  std::chrono::nanoseconds period_;
  Clock::time_point start_;
};

}  // namespace fsfreezed::detail
