#include <doctest/doctest.h>

#include "fsfreezed_wire.pb.h"
#include "status_error.h"

using namespace fsfreezed;
using detail::error_of;

namespace {

namespace wire = ::fsfreezed::cpp::wire;

std::string details(const std::string& domain) {
  wire::ErrorInfo info;
  info.set_reason("BRAND_NEW");
  info.set_domain(domain);
  (*info.mutable_metadata())["path"] = "/srv";
  wire::Status status;
  auto& any = *status.add_details();
  any.set_type_url("type.googleapis.com/google.rpc.ErrorInfo");
  any.set_value(info.SerializeAsString());
  return status.SerializeAsString();
}

}  // namespace

TEST_CASE("a status tells its reason, known or not") {
  const auto error =
      error_of({grpc::StatusCode::FAILED_PRECONDITION, "text", details("fsfreeze.v1")});
  CHECK(error.reason() == "BRAND_NEW");
  CHECK(error.code() == StatusCode::failed_precondition);
  CHECK(error.metadata().at("path") == "/srv");
  CHECK(std::string(error.what()) == "text");
}

TEST_CASE("without a reason the client gives one") {
  using grpc::StatusCode;
  CHECK(error_of({StatusCode::UNAVAILABLE, ""}).reason() == reasons::unreachable);
  CHECK(error_of({StatusCode::CANCELLED, ""}).reason() == reasons::unreachable);
  CHECK(error_of({StatusCode::DEADLINE_EXCEEDED, ""}).reason() == reasons::timed_out);
  CHECK(error_of({StatusCode::INTERNAL, "", details("another.domain")}).reason() ==
        reasons::protocol);
  CHECK(error_of({StatusCode::INTERNAL, "", "no details"}).reason() == reasons::protocol);
  CHECK(std::string(error_of({StatusCode::UNAVAILABLE, ""}).what()) == "UNAVAILABLE");
}
