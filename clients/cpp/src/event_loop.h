/// The thread of a connection: waits for what gRPC has to say.
#pragma once

#include <grpcpp/completion_queue.h>

#include <functional>
#include <memory>

namespace fsfreezed::detail {

/// A completion queue, and a thread that always waits in it.
///
/// Whatever the application does, this thread answers the service's pings, also between calls: gRPC
/// (1.51) does not without a thread of the application's, and the service would take the connection
/// for dead after 2 s. gRPC's own threads, those of its callback interface, will not do: they doze
/// for 0.1 s in each second, and crash when one of them lets go of the last channel.
class EventLoop {
 public:
  /// Called once, on the loop's thread: must not block. `ok` as gRPC tells it.
  using Event = std::function<void(bool ok)>;

  /// Throws std::system_error where there can be no more threads.
  EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  /// No operation may begin any more. The thread ends by itself, with the last event; it may be the
  /// one that calls this.
  ~EventLoop();

  grpc::CompletionQueue* queue() noexcept { return queue_.get(); }
  /// For an operation of gRPC: what is called when it is done.
  static void* tag(Event event) { return new Event(std::move(event)); }

 private:
  std::shared_ptr<grpc::CompletionQueue> queue_;
};

}  // namespace fsfreezed::detail
