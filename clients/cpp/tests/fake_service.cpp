#include "fake_service.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <thread>

namespace pb = fsfreeze::v1;

namespace {

std::string name_of(const pb::HoldFreezeRequest& request) {
  const auto* field =
      pb::HoldFreezeRequest::descriptor()->FindFieldByNumber(request.command_case());
  return field == nullptr ? "nothing" : field->name();
}

}  // namespace

FakeService::FakeService() {
  char directory[] = "/tmp/fsfreezed-test-XXXXXX";
  if (mkdtemp(directory) == nullptr) throw std::runtime_error("mkdtemp");
  directory_ = directory;
  address_ = "unix:" + directory_ + "/s";
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address_, grpc::InsecureServerCredentials());
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
}

FakeService::~FakeService() {
  // Ends what is open at once.
  server_->Shutdown(std::chrono::system_clock::now());
  server_.reset();
  rmdir(directory_.c_str());
}

void FakeService::saw(const std::string& what) {
  const std::lock_guard lock(mutex_);
  commands_.push_back(what);
  changed_.notify_all();
}

void FakeService::wait_until_open() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return living_ != nullptr; });
}

void FakeService::wait_until_asked() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !commands_.empty(); });
}

std::vector<std::string> FakeService::commands() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return over_; });
  return commands_;
}

// A stream takes one write at a time.
void FakeService::write(Stream& stream, const pb::HoldFreezeResponse& response) {
  const std::lock_guard lock(writing_);
  stream.Write(response);
}

void FakeService::end(Stream& stream) {
  pb::HoldFreezeResponse response;
  auto& receipt = *response.mutable_ended()->mutable_receipt();
  receipt.set_hold_id("h-1");
  receipt.set_verdict(verdict);
  receipt.set_end_cause(pb::END_CAUSE_RELEASED);
  write(stream, response);
}

void FakeService::end_hold() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  end(*living_);
  pb::HoldFreezeResponse response;
  response.mutable_renewed()->mutable_expire_time()->set_seconds(1);
  write(*living_, response);
}

void FakeService::break_hold() {
  pb::HoldFreezeResponse response;
  response.mutable_broken()->mutable_filesystem()->set_mount_point("/srv");
  response.mutable_broken()->set_cause(pb::END_CAUSE_FOREIGN_THAW);
  write(*living_, response);
}

grpc::Status FakeService::Freeze(grpc::ServerContext* context, const pb::FreezeRequest* /*request*/,
                                 pb::FreezeResponse* /*response*/) {
  saw("freeze");
  while (!context->IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return grpc::Status::CANCELLED;
}

grpc::Status FakeService::HoldFreeze(grpc::ServerContext* context, Stream* stream) {
  pb::HoldFreezeRequest request;
  stream->Read(&request);
  pb::HoldFreezeResponse opened;
  opened.set_seq(request.seq());
  auto& hold = *opened.mutable_opened()->mutable_hold();
  hold.set_hold_id("h-1");
  hold.set_kind(pb::HOLD_KIND_STREAM);
  hold.set_state(pb::HOLD_STATE_OPEN);
  hold.mutable_effective()->mutable_ttl()->set_seconds(10);
  write(*stream, opened);
  if (freezes) {
    pb::HoldFreezeResponse frozen;
    frozen.set_seq(request.seq());
    *frozen.mutable_frozen()->mutable_hold() = hold;
    frozen.mutable_frozen()->mutable_hold()->set_state(pb::HOLD_STATE_FROZEN);
    write(*stream, frozen);
  }
  {
    const std::lock_guard lock(mutex_);
    living_ = stream;
    commands_.clear();
    over_ = false;
    changed_.notify_all();
  }
  bool released = false;
  while (!released && stream->Read(&request)) {
    saw(name_of(request));
    const std::lock_guard lock(mutex_);
    released = ended_ || (request.has_release() && answers_release);
  }
  if (released && !ended_)
    end(*stream);
  else if (context->IsCancelled())
    saw("gone");
  const std::lock_guard lock(mutex_);
  living_ = nullptr;
  over_ = true;
  changed_.notify_all();
  return grpc::Status::OK;
}
