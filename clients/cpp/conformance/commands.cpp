#include "commands.h"

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "read.h"

using namespace fsfreezed;

namespace {

struct HeldHold {
  HeldHold(Hold opened, const std::string& name)
      : hold(std::move(opened)), on_broken(hold, [name](const FreezeError& error) {
          tell({{"event", "broken"}, {"hold", name}, {"error", error_json(error)}});
        }) {}

  Hold hold;
  BrokenCallback on_broken;
};

/// How the body of a scope is to be left.
struct Scope {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<std::string> how;

  std::string wait() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return how.has_value(); });
    return *how;
  }
  void leave(const std::string& by) {
    const std::lock_guard lock(mutex);
    how = by;
    changed.notify_all();
  }
};

/// What the driver made, by its names.
template <class T>
class Named {
 public:
  void add(const std::string& name, std::shared_ptr<T> value) {
    const std::lock_guard lock(mutex_);
    values_[name] = std::move(value);
  }
  std::shared_ptr<T> get(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return values_.at(name);
  }
  std::shared_ptr<T> take(const std::string& name) {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<T> value = std::move(values_.at(name));
    values_.erase(name);
    return value;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<T>> values_;
};

struct World {
  Named<Client> clients;
  Named<HeldHold> holds;
  Named<Scope> scopes;
  Named<Watch> watches;
};

/// Never destroyed: what is open when main returns is forgotten.
World& world() {
  static auto& only = *new World;
  return only;
}

std::string name_in(const Json& command, const char* key) { return command.at(key); }

Json options_in(const Json& command) { return command.value("options", Json::object()); }

Client client_of(const Json& command) { return *world().clients.get(name_in(command, "client")); }

std::shared_ptr<HeldHold> hold_of(const Json& command) {
  return world().holds.get(name_in(command, "hold"));
}

template <class Options>
Options with_listeners(Options options, const std::string& name) {
  options.on_progress = [name](const Progress& progress) {
    tell({{"event", "progress"}, {"hold", name}, {"progress", contract(progress)}});
  };
  options.on_expiring = [name](std::optional<Time> time) {
    tell({{"event", "expiring"}, {"hold", name}, {"expireTime", instant(time)}});
  };
  options.on_renew_failed = [name](const FreezeError& error) {
    tell({{"event", "renewFailed"}, {"hold", name}, {"error", error_json(error)}});
  };
  return options;
}

Json opened(Hold hold, const std::string& name) {
  const auto held = std::make_shared<HeldHold>(std::move(hold), name);
  world().holds.add(name, held);
  const HoldInfo info = held->hold.info();
  return {{"hold", contract(info)},
          {"resumeToken", held->hold.resume_token()},
          {"native", native(info)}};
}

Json hold_told(const HoldInfo& hold) {
  return {{"hold", contract(hold)}, {"native", native(hold)}};
}

Json receipt_told(const Receipt& receipt) {
  return {{"receipt", contract(receipt)}, {"native", native(receipt)}};
}

Json connect(const Json& command) {
  const std::string address = command.at("address");
  world().clients.add(name_in(command, "as"),
                      std::make_shared<Client>(address, read_connect(command)));
  return Json::object();
}

Json close(const Json& command) {
  world().clients.take(name_in(command, "client"));
  return Json::object();
}

Json hold(const Json& command) {
  const std::string name = name_in(command, "as");
  return opened(
      client_of(command).hold(read_targets(command.at("targets")),
                              with_listeners(read_hold_options(options_in(command)), name)),
      name);
}

Json resume(const Json& command) {
  const std::string name = name_in(command, "as");
  return opened(
      client_of(command).resume(name_in(command, "holdId"), name_in(command, "resumeToken"),
                                with_listeners(read_resume_options(options_in(command)), name)),
      name);
}

Json hold_freeze(const Json& command) {
  return {{"hold", contract(hold_of(command)->hold.freeze())}};
}

Json hold_thaw(const Json& command) {
  return {{"stillFrozenBy", contract_list(hold_of(command)->hold.thaw())}};
}

Json hold_renew(const Json& command) {
  return {{"expireTime", instant(hold_of(command)->hold.renew(read_ms(command, "ttlMs")))}};
}

Json hold_status(const Json& command) {
  const HoldStatus status = hold_of(command)->hold.status();
  return {{"status", contract(status)}, {"native", native(status)}};
}

Json hold_release(const Json& command) {
  ReleaseOptions options;
  if (command.contains("acceptUnproven"))
    options.accept_unproven = command.at("acceptUnproven").get<bool>();
  return receipt_told(hold_of(command)->hold.release(options));
}

Json hold_cancel(const Json& command) {
  hold_of(command)->hold.cancel();
  return Json::object();
}

Json hold_check(const Json& command) {
  hold_of(command)->hold.throw_if_broken();
  return Json::object();
}

Json hold_receipt(const Json& command) {
  const auto receipt = hold_of(command)->hold.receipt();
  return {{"receipt", receipt ? contract(*receipt) : Json()}};
}

Json hold_drop(const Json& command) {
  world().holds.take(name_in(command, "hold"));
  return Json::object();
}

Receipt raii(const Client& client, const Targets& targets, const HoldOptions& options,
             const std::function<void(Hold&)>& body) {
  Hold held = client.hold(targets, options);
  body(held);
  return held.release();
}

Json scope(const Json& command) {
  const std::string name = name_in(command, "as");
  const auto scope = std::make_shared<Scope>();
  world().scopes.add(name, scope);

  std::optional<Receipt> last_receipt;
  HoldOptions options = with_listeners(read_hold_options(options_in(command)), name);
  options.on_ended = [&last_receipt](const Ended& ended) { last_receipt = ended.receipt; };
  const auto body = [&](Hold& held) {
    const BrokenCallback on_broken(held, [&name](const FreezeError& error) {
      tell({{"event", "broken"}, {"hold", name}, {"error", error_json(error)}});
    });
    tell({{"event", "entered"}, {"scope", name}, {"hold", contract(held.info())}});
    const std::string how = scope->wait();
    if (how == "throw" || how == "panic") throw BodyError();
    if (how == "release") held.release();
  };

  const Client client = client_of(command);
  const Targets targets = read_targets(command.at("targets"));
  const std::string form = command.value("form", "raii");
  try {
    if (form == "with_hold") return receipt_told(client.with_hold(targets, options, body));
    if (form == "raii") return receipt_told(raii(client, targets, options, body));
  } catch (BodyError& error) {
    error.receipt = last_receipt;
    throw;
  }
  throw UnsupportedHere("no scope of the form " + form);
}

Json leave(const Json& command) {
  world().scopes.get(name_in(command, "scope"))->leave(command.at("how"));
  return Json::object();
}

Json freeze(const Json& command) {
  return hold_told(
      client_of(command).freeze(read_targets(command.at("targets")), read_freeze_options(command)));
}

Json thaw(const Json& command) {
  ThawOptions options;
  options.accept_unproven = command.value("acceptUnproven", false);
  const Client client = client_of(command);
  if (command.contains("holdId"))
    return receipt_told(client.thaw(name_in(command, "holdId"), options));
  return receipt_told(client.thaw_target(read_target(command.at("target")), options));
}

Json force_thaw(const Json& command) {
  return {{"forced", contract(client_of(command).force_thaw(read_target(command.at("target"))))}};
}

Json renew(const Json& command) {
  return hold_told(client_of(command).renew(name_in(command, "holdId"), read_ms(command, "ttlMs")));
}

Json is_frozen(const Json& command) {
  const FrozenStatus status = client_of(command).is_frozen(read_target(command.at("target")));
  return {{"status", contract(status)}, {"native", native(status)}};
}

Json plan(const Json& command) {
  return {{"plan", contract(client_of(command).plan(read_targets(command.at("targets"))))}};
}

Json list_filesystems(const Json& command) {
  return {{"filesystems", contract_list(client_of(command).list_filesystems())}};
}

Json get_hold(const Json& command) {
  return hold_told(client_of(command).get_hold(name_in(command, "holdId")));
}

Json list_holds(const Json& command) {
  return {{"holds", contract_list(client_of(command).list_holds())}};
}

void tell_events(Watch& watch, const std::string& name) {
  Json ended = {{"event", "watchEnded"}, {"watch", name}};
  try {
    while (const auto event = watch.next()) {
      Json told = {{"event", "watch"}, {"watch", name}};
      if (const auto* changed = std::get_if<HoldInfo>(&*event))
        told["hold"] = contract(*changed);
      else
        told["pictureComplete"] = true;
      tell(told);
    }
  } catch (...) {
    ended["error"] = current_error();
  }
  tell(ended);
}

Json watch(const Json& command) {
  const std::string name = name_in(command, "as");
  const auto watch =
      std::make_shared<Watch>(client_of(command).watch(command.value("includeEnded", false)));
  world().watches.add(name, watch);
  std::thread([watch, name] { tell_events(*watch, name); }).detach();
  return Json::object();
}

Json unwatch(const Json& command) {
  world().watches.take(name_in(command, "watch"))->cancel();
  return Json::object();
}

Json health(const Json& command) {
  const std::string service = command.value("service", std::string(freeze_service_name));
  return {{"status", to_string(client_of(command).health(service))}};
}

/// All processors are taken, by this program.
Json busy(const Json& command) {
  const auto end = std::chrono::steady_clock::now() + *read_ms(command, "ms");
  const auto spin = [end] {
    std::atomic<unsigned> turns{0};
    while (std::chrono::steady_clock::now() < end) ++turns;
  };
  std::vector<std::thread> others;
  for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i) others.emplace_back(spin);
  spin();
  for (std::thread& other : others) other.join();
  return Json::object();
}

}  // namespace

Json run(const Json& command) {
  static const auto& commands = *new std::map<std::string, Json (*)(const Json&)>{
      {"connect", connect},
      {"close", close},
      {"hold", hold},
      {"resume", resume},
      {"hold.freeze", hold_freeze},
      {"hold.thaw", hold_thaw},
      {"hold.renew", hold_renew},
      {"hold.status", hold_status},
      {"hold.release", hold_release},
      {"hold.cancel", hold_cancel},
      {"hold.check", hold_check},
      {"hold.receipt", hold_receipt},
      {"hold.drop", hold_drop},
      {"scope", scope},
      {"leave", leave},
      {"freeze", freeze},
      {"thaw", thaw},
      {"forceThaw", force_thaw},
      {"renew", renew},
      {"isFrozen", is_frozen},
      {"plan", plan},
      {"listFilesystems", list_filesystems},
      {"getHold", get_hold},
      {"listHolds", list_holds},
      {"watch", watch},
      {"unwatch", unwatch},
      {"health", health},
      {"busy", busy},
  };
  const auto found = commands.find(name_in(command, "do"));
  if (found == commands.end()) throw UnsupportedHere("no command " + name_in(command, "do"));
  return found->second(command);
}
