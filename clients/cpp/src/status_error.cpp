#include "status_error.h"

#include <google/protobuf/any.pb.h>

#include "decode.h"
#include "enum_name.h"
#include "fsfreezed_wire.pb.h"

namespace fsfreezed::detail {
namespace {

namespace wire = ::fsfreezed::cpp::wire;

constexpr std::string_view error_domain = "fsfreeze.v1";
constexpr std::string_view error_info_type = "google.rpc.ErrorInfo";
constexpr std::string_view receipt_type = "fsfreeze.v1.Receipt";

struct Details {
  std::optional<wire::ErrorInfo> info;
  std::optional<Receipt> receipt;
};

// A type URL is "HOST/package.Message".
bool holds(const google::protobuf::Any& any, std::string_view type) {
  const std::string_view url = any.type_url();
  return url.substr(url.rfind('/') + 1) == type;
}

// Details that cannot be read must not hide the status that they came with.
Details details_of(const grpc::Status& status) {
  Details details;
  wire::Status message;
  if (!message.ParseFromString(status.error_details())) return details;
  for (const auto& any : message.details()) {
    wire::ErrorInfo info;
    pb::Receipt receipt;
    if (!details.info && holds(any, error_info_type) && info.ParseFromString(any.value()) &&
        info.domain() == error_domain)
      details.info = std::move(info);
    else if (!details.receipt && holds(any, receipt_type) && receipt.ParseFromString(any.value()))
      details.receipt = decode(receipt);
  }
  return details;
}

StatusCode code_of(const grpc::Status& status) {
  const int code = status.error_code();
  const bool known = code >= static_cast<int>(StatusCode::ok) &&
                     code <= static_cast<int>(StatusCode::unauthenticated);
  return known ? static_cast<StatusCode>(code) : StatusCode::unknown;
}

std::string_view reason_without_details(StatusCode code) {
  switch (code) {
    case StatusCode::unavailable:
    // Who cancelled it himself does not ask here: this is a service that broke the stream off.
    case StatusCode::cancelled:
      return reasons::unreachable;
    case StatusCode::deadline_exceeded:
      return reasons::timed_out;
    default:
      return reasons::protocol;
  }
}

FreezeError::Metadata metadata_of(const google::protobuf::Map<std::string, std::string>& map) {
  return {map.begin(), map.end()};
}

}  // namespace

FreezeError error_of(const grpc::Status& status) {
  const StatusCode code = code_of(status);
  Details details = details_of(status);
  const std::string message =
      status.error_message().empty() ? to_string(code) : status.error_message();
  if (!details.info)
    return {reason_without_details(code), code, message, {}, std::move(details.receipt)};
  return {details.info->reason(), code, message, metadata_of(details.info->metadata()),
          std::move(details.receipt)};
}

FreezeError error_of(const pb::HoldFailed& failed) {
  return {enum_name(*pb::ErrorReason_descriptor(), failed.reason()),
          StatusCode::failed_precondition, failed.message(), metadata_of(failed.metadata())};
}

FreezeError error_of(const std::string& hold_id, const pb::HoldBroken& broken) {
  const std::string path = broken.filesystem().mount_point();
  const std::string cause = enum_name(*pb::EndCause_descriptor(), broken.cause());
  std::string what;
  switch (broken.cause()) {
    case pb::END_CAUSE_FOREIGN_THAW:
      what = "was thawed by somebody else";
      break;
    case pb::END_CAUSE_DEVICE_FAILED:
      what = "lost its device";
      break;
    default:
      what = "broke (" + cause + ")";
  }
  return {reasons::freeze_broken,
          StatusCode::aborted,
          path + " " + what + " while it was held",
          {{"hold_id", hold_id}, {"cause", cause}, {"path", path}}};
}

FreezeError cancelled_error() {
  return {reasons::cancelled, StatusCode::cancelled, "cancelled by its caller"};
}

FreezeError timed_out_error(const std::string& message) {
  return {reasons::timed_out, StatusCode::deadline_exceeded, message};
}

FreezeError protocol_error(const std::string& message) {
  return {reasons::protocol, StatusCode::internal, message};
}

FreezeError with_receipt(FreezeError error, const std::optional<Receipt>& receipt) {
  if (!receipt || error.receipt()) return error;
  return {error.reason(), error.code(), error.what(), error.metadata(), receipt};
}

}  // namespace fsfreezed::detail
