#include "times.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <stdexcept>

namespace fsfreezed::detail {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

// google.protobuf.Duration reaches so far, in either direction.
constexpr std::int64_t longest_duration_seconds = 315'576'000'000;
constexpr std::int64_t nanos_per_second = 1'000'000'000;
constexpr std::int64_t nanos_per_milli = 1'000'000;
constexpr std::int64_t millis_per_second = 1'000;
constexpr std::chrono::hours longest_wait{24 * 365};

nanoseconds saturated(std::int64_t whole_seconds, std::int32_t nanos) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / nanos_per_second - 1;
  if (whole_seconds > most) return nanoseconds::max();
  if (whole_seconds < -most) return nanoseconds::min();
  return seconds(whole_seconds) + nanoseconds(nanos);
}

}  // namespace

google::protobuf::Duration pb_duration(milliseconds duration) {
  const std::int64_t whole_seconds = duration.count() / millis_per_second;
  if (whole_seconds > longest_duration_seconds || whole_seconds < -longest_duration_seconds)
    throw std::invalid_argument("a duration of the contract has at most 315,576,000,000 seconds");
  google::protobuf::Duration pb;
  pb.set_seconds(whole_seconds);
  pb.set_nanos(static_cast<std::int32_t>(duration.count() % millis_per_second * nanos_per_milli));
  return pb;
}

nanoseconds duration_of(const google::protobuf::Duration& duration) {
  return saturated(duration.seconds(), duration.nanos());
}

Time time_of(const google::protobuf::Timestamp& timestamp) {
  return Time(std::chrono::duration_cast<Time::duration>(
      saturated(timestamp.seconds(), timestamp.nanos())));
}

std::chrono::steady_clock::time_point steady_deadline(nanoseconds from_now) {
  return std::chrono::steady_clock::now() + std::min<nanoseconds>(from_now, longest_wait);
}

nanoseconds bounded(milliseconds wait) {
  return std::clamp<milliseconds>(wait, milliseconds(0), longest_wait);
}

}  // namespace fsfreezed::detail
