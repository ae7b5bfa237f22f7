/// The connection to a service, and unary calls on it.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <chrono>
#include <memory>
#include <optional>

#include "address.h"
#include "cancellation_state.h"
#include "event_loop.h"
#include "fsfreeze/v1/freeze_service.grpc.pb.h"
#include "fsfreezed/options.h"
#include "status_error.h"
#include "times.h"

namespace fsfreezed::detail {

using Stub = fsfreeze::v1::FreezeService::Stub;

/// What a call may take, and what gives it up.
struct CallLimits {
  std::chrono::milliseconds timeout;
  const std::optional<Cancellation>& cancellation;
};

class Channel {
 public:
  /// Throws std::invalid_argument for TLS options that are none.
  Channel(const Address& address, const ConnectOptions& options);

  Stub& stub() noexcept { return *stub_; }
  EventLoop& loop() noexcept { return loop_; }
  const std::shared_ptr<grpc::Channel>& grpc() const noexcept { return channel_; }
  /// How long a call may take beyond what it itself waits for.
  std::chrono::milliseconds timeout() const noexcept { return timeout_; }

  /// Makes the call that `call(context, response)` makes, and returns its response.
  template <class Response, class Call>
  Response unary(const CallLimits& limits, Call call) {
    if (limits.cancellation && limits.cancellation->cancelled()) throw cancelled_error();
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + bounded(limits.timeout));
    Response response;
    grpc::Status status;
    {
      const OnCancel on_cancel(limits.cancellation, [&context] { context.TryCancel(); });
      status = call(context, response);
    }
    if (status.ok()) return response;
    if (status.error_code() == grpc::StatusCode::CANCELLED && limits.cancellation &&
        limits.cancellation->cancelled())
      throw cancelled_error();
    throw error_of(status);
  }

  /// The same for a method of the stub.
  template <class Request, class Response>
  Response unary(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                 const Request& request, const CallLimits& limits) {
    return unary<Response>(limits, [&](grpc::ClientContext& context, Response& response) {
      return (stub_.get()->*method)(&context, request, &response);
    });
  }

 private:
  std::chrono::milliseconds timeout_;
  EventLoop loop_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<Stub> stub_;
};

}  // namespace fsfreezed::detail
