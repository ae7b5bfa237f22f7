#include "event_loop.h"

#include <thread>

namespace fsfreezed::detail {

EventLoop::EventLoop() : queue_(std::make_shared<grpc::CompletionQueue>()) {
  std::thread([queue = queue_] {
    void* tag = nullptr;
    bool ok = false;
    while (queue->Next(&tag, &ok)) {
      const std::unique_ptr<Event> event(static_cast<Event*>(tag));
      (*event)(ok);
    }
  }).detach();
}

EventLoop::~EventLoop() { queue_->Shutdown(); }

}  // namespace fsfreezed::detail
