/// What a Watch is made of: one WatchHolds stream.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "channel.h"
#include "fsfreezed/model.h"

namespace fsfreezed::detail {

/// gRPC's callback interface, because it answers the service's pings whatever the application does.
/// Reads one event ahead, no more: a slow reader is told less by the service. Keeps itself alive
/// until its end.
class WatchCore final : public std::enable_shared_from_this<WatchCore>,
                        private grpc::ClientReadReactor<fsfreeze::v1::WatchHoldsResponse> {
 public:
  explicit WatchCore(std::shared_ptr<Channel> channel) : channel_(std::move(channel)) {}

  void begin(bool include_ended);
  std::optional<WatchEvent> next();
  void cancel() noexcept;

 private:
  void OnReadDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;
  void read_ahead();

  const std::shared_ptr<Channel> channel_;
  grpc::ClientContext context_;
  fsfreeze::v1::WatchHoldsRequest request_;
  fsfreeze::v1::WatchHoldsResponse incoming_;
  std::shared_ptr<WatchCore> self_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<WatchEvent> event_;
  bool reading_ = true;
  bool all_read_ = false;
  bool cancelled_ = false;
  std::optional<grpc::Status> status_;
};

}  // namespace fsfreezed::detail
