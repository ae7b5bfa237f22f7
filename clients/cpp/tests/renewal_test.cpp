#include "renewal.h"

#include <doctest/doctest.h>

#include <optional>
#include <vector>

using namespace std::chrono_literals;
using fsfreezed::detail::Renewal;

namespace {

const Renewal::Clock::time_point start{1'000h};

}  // namespace

TEST_CASE("a hold is renewed each third of its ttl, and ends at max_hold") {
  const Renewal renewal(9s, 20s, start);
  CHECK(renewal.first() == start + 3s);
  // The deadline that each step leaves, counted from the start.
  std::vector<std::chrono::nanoseconds> deadlines;
  for (auto now = std::optional(renewal.first()); now;) {
    const auto step = renewal.step(*now);
    if (step.ttl) deadlines.emplace_back(*now + *step.ttl - start);
    now = step.next;
  }
  CHECK(deadlines == std::vector<std::chrono::nanoseconds>{12s, 15s, 18s, 20s});
}

TEST_CASE("nothing is renewed that max_hold ends before") {
  const auto step = Renewal(9s, 9s, start).step(start + 3s);
  CHECK_FALSE(step.ttl);
  CHECK_FALSE(step.next);
}

TEST_CASE("a renewal that comes too late is the last") {
  const auto step = Renewal(9s, 20s, start).step(start + 60s);
  CHECK_FALSE(step.ttl);
  CHECK_FALSE(step.next);
}

TEST_CASE("neither the shortest nor the longest times go wrong") {
  CHECK(Renewal(1ms, 60s, start).first() == start + 50ms);
  CHECK(Renewal(0ns, 60s, start).first() == start + 50ms);
  const Renewal longest(std::chrono::nanoseconds::max(), std::chrono::nanoseconds::max(), start);
  CHECK(longest.first() > start);
  CHECK_FALSE(longest.step(longest.first()).next);
}
