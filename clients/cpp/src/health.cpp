#include "health.h"

#include <grpcpp/generic/generic_stub.h>

#include <future>

#include "fsfreezed_wire.pb.h"

namespace fsfreezed::detail {

namespace wire = ::fsfreezed::cpp::wire;

HealthStatus check_health(Channel& channel, std::string_view service, const CallLimits& limits) {
  wire::HealthCheckRequest request;
  request.set_service(std::string(service));
  // Generic, because the generated code of the health service belongs to no library of ours.
  grpc::TemplatedGenericStub<wire::HealthCheckRequest, wire::HealthCheckResponse> stub(
      channel.grpc());
  const auto response = channel.unary<wire::HealthCheckResponse>(
      limits, [&](grpc::ClientContext& context, wire::HealthCheckResponse& answer) {
        std::promise<grpc::Status> status;
        stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", {}, &request, &answer,
                       [&status](const grpc::Status& result) { status.set_value(result); });
        return status.get_future().get();
      });
  return static_cast<HealthStatus>(response.status());
}

}  // namespace fsfreezed::detail
