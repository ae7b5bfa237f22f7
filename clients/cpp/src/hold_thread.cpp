#include "hold_thread.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace fsfreezed::detail {
namespace {

// 3 minutes of progress of one file system, or seconds of the most that a hold may have.
constexpr std::size_t most_lossy_tasks = 1'000;

}  // namespace

struct HoldThread::State {
  struct Timer {
    Clock::time_point at;
    Task task;
  };

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Task> tasks;
  std::optional<Timer> timer;
  bool finishing = false;
  std::thread thread;

  void run() {
    while (const Task task = next()) task();
  }

  // Waits for the next task; none when it is to end.
  Task next() {
    std::unique_lock lock(mutex);
    while (true) {
      if (!tasks.empty()) {
        Task task = std::move(tasks.front());
        tasks.pop_front();
        return task;
      }
      if (finishing) return nullptr;
      if (!timer) {
        changed.wait(lock);
      } else if (timer->at > Clock::now()) {
        // A copy, because `timer` may be replaced meanwhile.
        const Clock::time_point at = timer->at;
        changed.wait_until(lock, at);
      } else {
        return std::exchange(timer, std::nullopt)->task;
      }
    }
  }
};

HoldThread::HoldThread() : state_(std::make_shared<State>()) {
  // The thread has the state to itself where this is destroyed by one of its own tasks.
  state_->thread = std::thread([state = state_] { state->run(); });
}

HoldThread::~HoldThread() { finish(); }

void HoldThread::post(Task task) {
  const std::lock_guard lock(state_->mutex);
  if (state_->finishing) return;
  state_->tasks.push_back(std::move(task));
  state_->changed.notify_one();
}

void HoldThread::post_lossy(Task task) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->tasks.size() >= most_lossy_tasks) return;
  }
  post(std::move(task));
}

void HoldThread::set_timer(Clock::time_point at, Task task) {
  const std::lock_guard lock(state_->mutex);
  state_->timer = State::Timer{at, std::move(task)};
  state_->changed.notify_one();
}

void HoldThread::clear_timer() {
  const std::lock_guard lock(state_->mutex);
  state_->timer.reset();
}

void HoldThread::finish() {
  std::thread thread;
  {
    const std::lock_guard lock(state_->mutex);
    state_->finishing = true;
    state_->timer.reset();
    state_->changed.notify_one();
    thread = std::move(state_->thread);
  }
  if (!thread.joinable()) return;
  if (thread.get_id() == std::this_thread::get_id())
    thread.detach();
  else
    thread.join();
}

}  // namespace fsfreezed::detail
