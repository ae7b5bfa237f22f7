/// Addresses of a service: a Unix socket's path, or a host and a port.
#pragma once

#include <string>
#include <string_view>

namespace fsfreezed::detail {

struct Address {
  bool is_unix;
  /// As gRPC takes it.
  std::string target;
};

/// Takes `unix:PATH`, `unix:///PATH`, a bare absolute path, and `HOST:PORT` (`[ADDRESS]:PORT` for
/// IPv6). Throws std::invalid_argument for anything else.
Address parse_address(std::string_view text);

}  // namespace fsfreezed::detail
