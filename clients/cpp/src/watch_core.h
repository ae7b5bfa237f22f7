/// What a Watch is made of: one WatchHolds stream.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/async_stream.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "channel.h"
#include "fsfreezed/model.h"

namespace fsfreezed::detail {

/// Reads one event ahead, no more: a slow reader is told less by the service. Operations that are
/// under way keep it alive.
class WatchCore final : public std::enable_shared_from_this<WatchCore> {
 public:
  explicit WatchCore(std::shared_ptr<Channel> channel) : channel_(std::move(channel)) {}

  void begin(bool include_ended);
  std::optional<WatchEvent> next();
  void cancel() noexcept;

 private:
  void* tag(void (WatchCore::*event)(bool ok));
  void on_started(bool ok);
  void on_read(bool ok);
  void on_finished(bool ok);
  void read_ahead();

  const std::shared_ptr<Channel> channel_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientAsyncReader<fsfreeze::v1::WatchHoldsResponse>> call_;
  // Written by gRPC between a read's start and its end.
  fsfreeze::v1::WatchHoldsResponse incoming_;
  grpc::Status status_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<WatchEvent> event_;
  // From the start of the call to its end, but for the time that an event waits for its reader.
  bool busy_ = true;
  bool cancelled_ = false;
  bool finished_ = false;
};

}  // namespace fsfreezed::detail
