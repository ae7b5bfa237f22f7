/// The driver: speaks the protocol of test/conformance/README.md, and uses nothing but the
/// installed client.
#include <iostream>
#include <thread>

#include "commands.h"

namespace {

void answer(const Json& command) {
  Json line = {{"id", command.at("id")}};
  try {
    line["ok"] = run(command);
  } catch (...) {
    line["error"] = current_error();
  }
  tell(line);
}

}  // namespace

int main() {
  tell({{"event", "ready"}, {"language", "cpp"}, {"forms", {"raii", "with_hold"}}});
  std::string line;
  while (std::getline(std::cin, line)) {
    const Json command = Json::parse(line);
    if (command.at("do") == "exit") {
      tell({{"id", command.at("id")}, {"ok", Json::object()}});
      break;
    }
    // Commands that wait must not keep others from being heard.
    std::thread(answer, command).detach();
  }
  return 0;
}
