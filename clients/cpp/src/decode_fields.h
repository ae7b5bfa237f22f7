/// Fields of the contract's messages that may be unset, or say what only a newer service knows.
#pragma once

#include <cstdint>
#include <optional>

#include "decode.h"
#include "times.h"

/// A field of a message that may be unset, as an optional.
#define FSFREEZED_OPTIONAL(pb, field, convert) \
  ((pb).has_##field() ? std::optional(convert((pb).field())) : std::nullopt)

namespace fsfreezed::detail {

/// A value that the contract promises to set; kept as it came where this version does not know it.
template <class Enum, class PbEnum>
Enum decode_enum(PbEnum value) {
  return static_cast<Enum>(static_cast<int>(value));
}

/// Empty for UNSPECIFIED, which means "not said".
template <class Enum, class PbEnum>
std::optional<Enum> decode_optional_enum(PbEnum value) {
  if (static_cast<int>(value) == 0) return std::nullopt;
  return decode_enum<Enum>(value);
}

inline std::uint64_t as_is(std::uint64_t value) { return value; }

}  // namespace fsfreezed::detail
