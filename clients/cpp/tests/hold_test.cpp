/// What conformance cannot see of a hold: races, and ends that a real service does not come to.
#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>

#include "fake_service.h"
#include "fsfreezed/client.h"

using namespace fsfreezed;
using namespace std::chrono_literals;

namespace {

using Commands = std::vector<std::string>;

template <class Call>
std::string reason_of(Call call) {
  try {
    call();
  } catch (const FreezeError& error) {
    return error.reason();
  }
  return "no error";
}

template <class Condition>
bool eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + 10s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

}  // namespace

TEST_CASE("the destructor releases, and tells how it ended") {
  FakeService service;
  service.verdict = fsfreeze::v1::VERDICT_NOT_INTACT;
  std::optional<Ended> ended;
  {
    HoldOptions options;
    options.on_ended = [&](const Ended& how) { ended = how; };
    Hold hold = Client(service.address()).hold("/srv", options);
    CHECK(hold.id() == "h-1");
    CHECK(hold.info().state == HoldState::frozen);
  }
  CHECK(service.commands() == Commands{"release"});
  REQUIRE(ended);
  CHECK(ended->error->reason() == reasons::freeze_broken);
  CHECK(ended->receipt->verdict == Verdict::not_intact);
}

TEST_CASE("an end by another hand is no release, even before the status came") {
  FakeService service;
  Hold hold = Client(service.address()).hold("/srv");
  service.wait_until_open();
  service.end_hold();
  REQUIRE(eventually([&] { return hold.expire_time().has_value(); }));
  auto released =
      std::async(std::launch::async, [&] { return reason_of([&] { (void)hold.release(); }); });
  CHECK(reason_of([&] { hold.renew(); }) == reasons::hold_ended);
  CHECK(released.get() == reasons::hold_ended);
  CHECK(hold.receipt()->verdict == Verdict::intact);
  CHECK(service.commands() == Commands{"renew"});
}

TEST_CASE("a service that does not answer a release is given up") {
  FakeService service;
  service.answers_release = false;
  Hold hold = Client(service.address()).hold("/srv");
  CHECK(reason_of([&] { (void)hold.release({std::nullopt, 50ms}); }) == reasons::timed_out);
  CHECK(service.commands() == Commands{"release", "gone"});
  CHECK(reason_of([&] { (void)hold.release(); }) == reasons::cancelled);
}

TEST_CASE("opening can be given up, which thaws") {
  FakeService service;
  service.freezes = false;
  HoldOptions options;
  options.cancellation.emplace();
  const Client client(service.address());
  auto opening = std::async(std::launch::async,
                            [&] { return reason_of([&] { (void)client.hold("/srv", options); }); });
  service.wait_until_open();
  options.cancellation->cancel();
  CHECK(opening.get() == reasons::cancelled);
  CHECK(service.commands() == Commands{"gone"});
  CHECK(reason_of([&] { (void)client.hold("/srv", options); }) == reasons::cancelled);
}

TEST_CASE("a hold that would linger is released when its opening is given up") {
  FakeService service;
  service.freezes = false;
  HoldOptions options;
  options.linger = 60s;
  options.freeze_timeout = 1ms;
  options.presync = Presync{PresyncMode::off, {}};
  ConnectOptions connect;
  connect.timeout = 300ms;
  const Client client(service.address(), connect);
  CHECK(reason_of([&] { (void)client.hold("/srv", options); }) == reasons::timed_out);
  CHECK(service.commands() == Commands{"release"});
}

TEST_CASE("a call can be given up, by its caller or by time") {
  FakeService service;
  const Client client(service.address());
  FreezeOptions options;
  options.cancellation.emplace();
  auto freezing = std::async(std::launch::async,
                             [&] { return reason_of([&] { client.freeze("/srv", options); }); });
  service.wait_until_asked();
  options.cancellation->cancel();
  CHECK(freezing.get() == reasons::cancelled);
  options.cancellation.reset();
  options.timeout = 50ms;
  CHECK(reason_of([&] { client.freeze("/srv", options); }) == reasons::timed_out);
}

TEST_CASE("a callback is told of a hold that breaks, once, and of one that is broken") {
  FakeService service;
  Hold hold = Client(service.address()).hold("/srv");
  service.wait_until_open();
  std::atomic<int> told = 0;
  const BrokenCallback before(hold, [&](const FreezeError& error) {
    CHECK(error.metadata().at("cause") == "FOREIGN_THAW");
    ++told;
  });
  {
    const BrokenCallback gone(hold, [](const FreezeError&) { FAIL("it was destroyed"); });
  }
  service.break_hold();
  CHECK(hold.wait_broken_for(10s));
  CHECK(eventually([&] { return told == 1; }));
  const BrokenCallback after(hold, [&](const FreezeError&) { ++told; });
  CHECK(told == 2);
  CHECK_THROWS_AS(hold.throw_if_broken(), FreezeError);
}

TEST_CASE("a listener may use the hold, and destroy it") {
  FakeService service;
  auto hold = std::make_unique<Hold>(Client(service.address()).hold("/srv"));
  service.wait_until_open();
  std::promise<std::string> done;
  const BrokenCallback on_broken(*hold, [&](const FreezeError&) {
    const std::string reason = reason_of([&] { (void)hold->release(); });
    hold.reset();
    done.set_value(reason);
  });
  service.break_hold();
  CHECK(done.get_future().get() == "no error");
  CHECK(service.commands() == Commands{"release"});
}

TEST_CASE("what the body throws leaves as it is, and it is thawed") {
  FakeService service;
  service.verdict = fsfreeze::v1::VERDICT_NOT_INTACT;
  const Client client(service.address());
  CHECK_THROWS_WITH_AS(
      (void)client.with_hold("/srv", [](Hold&) { throw std::range_error("of the body"); }),
      "of the body", std::range_error);
  CHECK(service.commands() == Commands{"release"});
  service.verdict = fsfreeze::v1::VERDICT_INTACT;
  const auto held = client.with_hold({"/srv", "/db"}, [](Hold& hold) { return hold.id(); });
  CHECK(held.value == held.receipt.hold_id);
}

TEST_CASE("a hold goes on past its client and its moves") {
  FakeService service;
  std::optional<Hold> kept;
  {
    Client client(service.address());
    Hold hold = client.hold("/srv");
    kept.emplace(std::move(hold));
  }
  CHECK(kept->release().verdict == Verdict::intact);
  CHECK(kept->release().verdict == Verdict::intact);
  CHECK(service.commands() == Commands{"release"});
}
