/// The contract's times as those of std::chrono.
#pragma once

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <chrono>

#include "fsfreezed/model.h"

namespace fsfreezed::detail {

/// Throws std::invalid_argument for what no Duration can say (beyond 10,000 years); a negative one
/// is the service's to refuse.
google::protobuf::Duration pb_duration(std::chrono::milliseconds duration);
/// Exact; what is beyond 292 years is as long as nanoseconds can say.
std::chrono::nanoseconds duration_of(const google::protobuf::Duration& duration);
/// What is beyond the years 1678 to 2261 is as far as the clock can say.
Time time_of(const google::protobuf::Timestamp& timestamp);

/// The instant so long from now, but at most a year: far enough for any wait, and no overflow.
std::chrono::steady_clock::time_point steady_deadline(std::chrono::nanoseconds from_now);
std::chrono::nanoseconds bounded(std::chrono::milliseconds wait);

}  // namespace fsfreezed::detail
