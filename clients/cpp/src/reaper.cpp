#include "reaper.h"

#include <thread>
#include <utility>

namespace fsfreezed::detail {

Reaper& Reaper::instance() {
  static auto& only = *new Reaper;
  return only;
}

Reaper::Reaper() {
  std::thread([this] { run(); }).detach();
}

void Reaper::take(std::shared_ptr<const void> remains) {
  const std::lock_guard lock(mutex_);
  remains_.push_back(std::move(remains));
  changed_.notify_one();
}

void Reaper::run() {
  while (true) {
    std::vector<std::shared_ptr<const void>> taken;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !remains_.empty(); });
    taken.swap(remains_);
    lock.unlock();
    taken.clear();
  }
}

}  // namespace fsfreezed::detail
