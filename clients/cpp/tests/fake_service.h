/// A service in this process, for tests: it freezes nothing, and does to a hold what a test tells
/// it to.
#pragma once

#include <grpcpp/server.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "fsfreeze/v1/freeze_service.grpc.pb.h"

class FakeService final : public fsfreeze::v1::FreezeService::Service {
 public:
  FakeService();
  ~FakeService() override;
  FakeService(const FakeService&) = delete;
  FakeService& operator=(const FakeService&) = delete;

  const std::string& address() const { return address_; }

  // Set before a hold is opened.
  bool freezes = true;
  bool answers_release = true;
  fsfreeze::v1::Verdict verdict = fsfreeze::v1::VERDICT_INTACT;

  /// The living hold is ended by another hand, with a good receipt; the status comes with the next
  /// command. After `ended` the client is told an expire time, so that it shows that it has it.
  void end_hold();
  /// The living hold breaks.
  void break_hold();
  /// Waits until a hold's stream is over, and returns the commands that it saw; "gone" at the end
  /// where its client was lost.
  std::vector<std::string> commands();
  void wait_until_open();
  /// Waits until a command or a call came.
  void wait_until_asked();

 private:
  using Stream =
      grpc::ServerReaderWriter<fsfreeze::v1::HoldFreezeResponse, fsfreeze::v1::HoldFreezeRequest>;

  /// Never answers.
  grpc::Status Freeze(grpc::ServerContext* context, const fsfreeze::v1::FreezeRequest* request,
                      fsfreeze::v1::FreezeResponse* response) override;
  grpc::Status HoldFreeze(grpc::ServerContext* context, Stream* stream) override;
  void saw(const std::string& what);
  void write(Stream& stream, const fsfreeze::v1::HoldFreezeResponse& response);
  void end(Stream& stream);

  std::string directory_;
  std::string address_;
  std::mutex writing_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> commands_;
  Stream* living_ = nullptr;
  bool ended_ = false;
  bool over_ = false;
  std::unique_ptr<grpc::Server> server_;
};
