#include "health.h"

#include <grpcpp/generic/generic_stub.h>

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
        grpc::CompletionQueue queue;
        const auto call =
            stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", request, &queue);
        grpc::Status status;
        void* tag = nullptr;
        bool ok = false;
        call->StartCall();
        call->Finish(&answer, &status, tag);
        queue.Next(&tag, &ok);
        return status;
      });
  return static_cast<HealthStatus>(response.status());
}

}  // namespace fsfreezed::detail
