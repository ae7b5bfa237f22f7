/// One HoldFreeze stream: commands and their answers by number, events as they come, and one end.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/async_stream.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <variant>

#include "channel.h"
#include "fsfreeze/v1/hold_stream.pb.h"
#include "fsfreezed/error.h"

namespace fsfreezed::detail {

using HoldCommand = fsfreeze::v1::HoldFreezeRequest;
using HoldEvent = fsfreeze::v1::HoldFreezeResponse;

/// How the stream ended. `error` is empty for status OK; the receipt is there where `ended` came
/// before it.
struct Outcome {
  std::optional<FreezeError> error;
  std::optional<Receipt> receipt;
};

/// What a command meets when the hold has ended.
FreezeError error_after(const Outcome& outcome);

/// Called on the event loop, one call at a time: must not block.
class HoldStreamListener {
 public:
  virtual ~HoldStreamListener() = default;
  virtual void event(const HoldEvent& event) = 0;
  /// Once, after the last event.
  virtual void ended(const Outcome& outcome) = 0;
};

/// Reads all the time. Operations that are under way keep it alive.
class HoldStream final : public std::enable_shared_from_this<HoldStream> {
 public:
  using Answer = std::variant<HoldEvent, FreezeError>;

  HoldStream(std::shared_ptr<Channel> channel, std::shared_ptr<HoldStreamListener> listener);

  /// Begins with `open`; once. Without a deadline: it would shorten the hold.
  void begin(HoldCommand open);
  /// Sends a command whose answer nobody waits for. Nothing is sent after the end.
  void send(HoldCommand command);
  /// Sends a command, and calls `done` once: with its answer, or with why it was refused, or with
  /// how the stream ended. Returns its number, for `forget`. `done` must not block.
  std::uint64_t request(HoldCommand command, HoldEvent::EventCase expected,
                        std::function<void(Answer)> done);
  /// Nobody waits for this answer any more.
  void forget(std::uint64_t seq);
  /// Ends the stream without a verdict, as if this process died.
  void cancel() noexcept;

 private:
  struct Pending {
    HoldEvent::EventCase expected;
    std::function<void(Answer)> done;
  };

  void* tag(void (HoldStream::*event)(bool ok));
  void on_started(bool ok);
  void on_read(bool ok);
  void on_written(bool ok);
  void on_finished(bool ok);

  std::uint64_t enqueue(HoldCommand command);
  void write_next();
  void answer(const HoldEvent& event);

  const std::shared_ptr<Channel> channel_;
  std::shared_ptr<HoldStreamListener> listener_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientAsyncReaderWriter<HoldCommand, HoldEvent>> call_;
  // Touched by the event loop alone.
  HoldEvent incoming_;
  grpc::Status status_;
  std::optional<Receipt> receipt_;

  std::mutex mutex_;
  std::deque<HoldCommand> outgoing_;
  // gRPC takes one message at a time, from the start of the call to its end.
  bool can_write_ = false;
  bool cancelled_ = false;
  std::uint64_t last_seq_ = 0;
  std::map<std::uint64_t, Pending> pending_;
  std::optional<Outcome> outcome_;
};

}  // namespace fsfreezed::detail
