#include "renewal.h"

#include <algorithm>

namespace fsfreezed::detail {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// Two renewals may be lost before the deadline passes.
constexpr int renewals_per_ttl = 3;
// However short the ttl, this is not a flood.
constexpr milliseconds shortest_period{50};
// No service grants as much; it keeps sums of times from overflowing.
constexpr hours longest{24 * 365};

}  // namespace

Renewal::Renewal(nanoseconds ttl, nanoseconds max_hold, Clock::time_point start)
    : ttl_(std::clamp<nanoseconds>(ttl, nanoseconds(0), longest)),
      max_hold_(std::clamp<nanoseconds>(max_hold, nanoseconds(0), longest)),
      period_(std::max<nanoseconds>(ttl_ / renewals_per_ttl, shortest_period)),
      start_(start) {}

Renewal::Step Renewal::step(Clock::time_point now) const {
  const nanoseconds left = start_ + max_hold_ - now;
  Step step;
  // A renewal that would bring the deadline nearer is none; the last one ends the hold at max_hold.
  if (left > ttl_ - ttl_ / renewals_per_ttl)
    step.ttl = std::chrono::ceil<milliseconds>(std::min(ttl_, left));
  if (left > ttl_) step.next = now + period_;
  return step;
}

}  // namespace fsfreezed::detail
