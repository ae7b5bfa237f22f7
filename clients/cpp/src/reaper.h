/// Destroys what gRPC's threads leave behind.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

namespace fsfreezed::detail {

/// gRPC (1.51) joins its callback threads when the last channel is destroyed. On one of these
/// threads that would be a join with itself, and then a crash; and what ends a hold's own thread
/// must not make gRPC wait. So a reaction that may hold the last reference to a stream gives it to
/// this thread.
class Reaper {
 public:
  /// Of this process; never destroyed, because streams may outlive main.
  static Reaper& instance();

  /// Does not block.
  void take(std::shared_ptr<const void> remains);

 private:
  Reaper();
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<const void>> remains_;
};

}  // namespace fsfreezed::detail
