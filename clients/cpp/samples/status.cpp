/// status ADDRESS TARGET...
///
/// Whether file systems are frozen, how certain that is, and by whom; then the living holds.
#include <fsfreezed/client.h>

#include <iostream>
#include <string>
#include <vector>

namespace {

void print_state(const fsfreezed::Client& client, const std::string& target) {
  // [status]
  const fsfreezed::FrozenStatus status = client.is_frozen(target);
  std::cout << target << ": " << to_string(status.state);
  if (status.certainty) std::cout << " (" << to_string(*status.certainty) << ")";
  for (const auto& holder : status.frozen_by) {
    std::cout << ", by " << to_string(holder.freezer);
    for (const auto& hold : holder.holds) std::cout << ' ' << hold.hold_id;
  }
  std::cout << '\n';
  // [/status]
}

void print_holds(const fsfreezed::Client& client) {
  for (const fsfreezed::HoldInfo& hold : client.list_holds()) {
    if (hold.state == fsfreezed::HoldState::ended) continue;
    std::cout << hold.hold_id << ": " << to_string(hold.state);
    for (const auto& of : hold.filesystems) std::cout << ' ' << of.filesystem.mount_point;
    if (!hold.purpose.empty()) std::cout << ", for: " << hold.purpose;
    std::cout << '\n';
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: status ADDRESS TARGET...\n";
    return 2;
  }
  try {
    const fsfreezed::Client client(argv[1]);
    for (int i = 2; i < argc; ++i) print_state(client, argv[i]);
    print_holds(client);
  } catch (const fsfreezed::FreezeError& error) {
    std::cerr << error.reason() << ": " << error.what() << '\n';
    return 1;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
