/// grpc.health.v1.Health/Check.
#pragma once

#include <string_view>

#include "channel.h"
#include "fsfreezed/names.h"

namespace fsfreezed::detail {

HealthStatus check_health(Channel& channel, std::string_view service, const CallLimits& limits);

}  // namespace fsfreezed::detail
