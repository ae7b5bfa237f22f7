#include "fsfreezed/names.h"

#include <array>
#include <string_view>

#include "enum_name.h"
#include "fsfreeze/v1/evidence.pb.h"
#include "fsfreeze/v1/filesystem.pb.h"
#include "fsfreeze/v1/hold.pb.h"
#include "fsfreeze/v1/hold_stream.pb.h"
#include "fsfreeze/v1/options.pb.h"
#include "fsfreeze/v1/receipt.pb.h"

namespace fsfreezed {
namespace detail {

std::string unknown_name(int value) { return "UNKNOWN_" + std::to_string(value); }

std::string enum_name(const google::protobuf::EnumDescriptor& values, int value) {
  const auto* found = value == 0 ? nullptr : values.FindValueByNumber(value);
  if (found == nullptr) return unknown_name(value);
  // The first value is PREFIX_UNSPECIFIED, in every enum of the contract.
  constexpr std::string_view unspecified = "UNSPECIFIED";
  const std::size_t prefix = values.value(0)->name().size() - unspecified.size();
  return found->name().substr(prefix);
}

}  // namespace detail

namespace {

template <std::size_t N>
std::string listed(const std::array<std::string_view, N>& names, int value) {
  const auto index = static_cast<std::size_t>(value);
  return index < N ? std::string(names[index]) : detail::unknown_name(value);
}

}  // namespace

#define FSFREEZED_NAMES_OF(Enum)                                                           \
  std::string to_string(Enum value) {                                                      \
    return detail::enum_name(*fsfreeze::v1::Enum##_descriptor(), static_cast<int>(value)); \
  }
FSFREEZED_NAMES_OF(FreezeState)
FSFREEZED_NAMES_OF(Certainty)
FSFREEZED_NAMES_OF(StateEvidence)
FSFREEZED_NAMES_OF(Freezer)
FSFREEZED_NAMES_OF(DeviceRole)
FSFREEZED_NAMES_OF(HoldKind)
FSFREEZED_NAMES_OF(HoldState)
FSFREEZED_NAMES_OF(HoldFilesystemState)
FSFREEZED_NAMES_OF(FreezePhase)
FSFREEZED_NAMES_OF(EndCause)
FSFREEZED_NAMES_OF(Verdict)
FSFREEZED_NAMES_OF(IntervalEnd)
FSFREEZED_NAMES_OF(EvidenceKind)
FSFREEZED_NAMES_OF(EvidenceResult)
FSFREEZED_NAMES_OF(PresyncMode)
#undef FSFREEZED_NAMES_OF

std::string to_string(HealthStatus value) {
  using namespace std::string_view_literals;
  return listed(std::array{"UNKNOWN"sv, "SERVING"sv, "NOT_SERVING"sv, "SERVICE_UNKNOWN"sv},
                static_cast<int>(value));
}

std::string to_string(StatusCode value) {
  using namespace std::string_view_literals;
  return listed(
      std::array{"OK"sv, "CANCELLED"sv, "UNKNOWN"sv, "INVALID_ARGUMENT"sv, "DEADLINE_EXCEEDED"sv,
                 "NOT_FOUND"sv, "ALREADY_EXISTS"sv, "PERMISSION_DENIED"sv, "RESOURCE_EXHAUSTED"sv,
                 "FAILED_PRECONDITION"sv, "ABORTED"sv, "OUT_OF_RANGE"sv, "UNIMPLEMENTED"sv,
                 "INTERNAL"sv, "UNAVAILABLE"sv, "DATA_LOSS"sv, "UNAUTHENTICATED"sv},
      static_cast<int>(value));
}

}  // namespace fsfreezed
