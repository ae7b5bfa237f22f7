#include "request_id.h"

#include <array>
#include <random>
#include <string_view>

namespace fsfreezed::detail {

std::string random_request_id() {
  constexpr std::string_view digits = "0123456789abcdef";
  // x: 4 random bits; y: 2 random bits after the 10 of RFC 4122's variant.
  std::string uuid = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
  std::random_device device;
  std::uniform_int_distribution<unsigned> four_bits(0, 15);
  for (char& c : uuid) {
    if (c == 'x') c = digits[four_bits(device)];
    if (c == 'y') c = digits[8U | (four_bits(device) & 3U)];
  }
  return uuid;
}

}  // namespace fsfreezed::detail
