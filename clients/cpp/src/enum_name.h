/// Names of the contract's enums by reflection, so that they are always those of the contract.
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>

namespace fsfreezed::detail {

/// The name without the enum's prefix; "UNKNOWN_17" for what the contract does not name, or does
/// not say (0).
std::string enum_name(const google::protobuf::EnumDescriptor& values, int value);
std::string unknown_name(int value);

}  // namespace fsfreezed::detail
