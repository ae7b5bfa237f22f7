#include "times.h"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace fsfreezed::detail;
using namespace std::chrono_literals;

namespace {

google::protobuf::Duration pb(std::int64_t seconds, std::int32_t nanos) {
  google::protobuf::Duration duration;
  duration.set_seconds(seconds);
  duration.set_nanos(nanos);
  return duration;
}

}  // namespace

TEST_CASE("durations come and go exactly") {
  CHECK(pb_duration(1'500ms).seconds() == 1);
  CHECK(pb_duration(1'500ms).nanos() == 500'000'000);
  // Seconds and nanoseconds of one Duration have the same sign.
  CHECK(pb_duration(-1'500ms).seconds() == -1);
  CHECK(pb_duration(-1'500ms).nanos() == -500'000'000);
  CHECK(duration_of(pb(1, 500'000'001)) == 1'500'000'001ns);
  CHECK(duration_of(pb(-1, -1)) == -1'000'000'001ns);
}

TEST_CASE("what is too long is refused on its way out, and cut on its way in") {
  CHECK_NOTHROW(pb_duration(315'576'000'000s));
  CHECK_THROWS_AS(pb_duration(315'576'000'001s), std::invalid_argument);
  CHECK_THROWS_AS(pb_duration(std::chrono::milliseconds::min()), std::invalid_argument);
  CHECK(duration_of(pb(315'576'000'000, 0)) == std::chrono::nanoseconds::max());
  CHECK(duration_of(pb(-315'576'000'000, 0)) == std::chrono::nanoseconds::min());
}

TEST_CASE("a wait without end is a long one") {
  const auto now = std::chrono::steady_clock::now();
  CHECK(steady_deadline(bounded(std::chrono::milliseconds::max())) > now + 24h);
  CHECK(bounded(-1ms) == 0ns);
}
