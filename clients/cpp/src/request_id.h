/// Ids by which the service recognises a request that is made again.
#pragma once

#include <string>

namespace fsfreezed::detail {

/// A random UUID (version 4).
std::string random_request_id();

}  // namespace fsfreezed::detail
