#include "hold_thread.h"

#include <doctest/doctest.h>

#include <future>
#include <vector>

using namespace std::chrono_literals;
using fsfreezed::detail::HoldThread;

TEST_CASE("tasks run in order, and all of them before the end") {
  std::vector<int> ran;
  HoldThread thread;
  for (int i = 0; i < 3; ++i) thread.post([&ran, i] { ran.push_back(i); });
  thread.finish();
  CHECK(ran == std::vector<int>{0, 1, 2});
  thread.post([&ran] { ran.push_back(3); });
  thread.finish();
  CHECK(ran.size() == 3);
}

TEST_CASE("a timer runs once, and not after it was cleared or replaced") {
  std::promise<int> fired;
  HoldThread thread;
  thread.set_timer(HoldThread::Clock::now(), [&] { fired.set_value(1); });
  CHECK(fired.get_future().get() == 1);
  thread.set_timer(HoldThread::Clock::now() + 1h, [] { FAIL("replaced"); });
  std::promise<int> second;
  thread.set_timer(HoldThread::Clock::now() + 1ms, [&] { second.set_value(2); });
  CHECK(second.get_future().get() == 2);
  thread.set_timer(HoldThread::Clock::now() + 1h, [] { FAIL("cleared"); });
}

TEST_CASE("a thread may be destroyed by its own task") {
  std::promise<void> done;
  auto* thread = new HoldThread;
  thread->post([&] {
    delete thread;
    done.set_value();
  });
  CHECK(done.get_future().wait_for(10s) == std::future_status::ready);
}
