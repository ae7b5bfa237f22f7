/// hold_and_snapshot ADDRESS MOUNT_POINT RECEIPT COMMAND [ARG...]
///
/// Freezes, runs COMMAND, which takes the snapshot, and keeps the receipt beside it.
#include <fsfreezed/client.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <system_error>

namespace {

/// A program that runs until it is waited for.
class Program {
 public:
  explicit Program(char** command) {
    const int error = posix_spawnp(&pid_, command[0], nullptr, nullptr, command, environ);
    if (error != 0) throw std::system_error(error, std::generic_category(), command[0]);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() { waitpid(pid_, nullptr, 0); }

  /// May be called until the destructor: until then the process id stays its own.
  void stop() const { kill(pid_, SIGTERM); }

  void wait_for_success() const {
    siginfo_t end{};
    waitid(P_PID, static_cast<id_t>(pid_), &end, WEXITED | WNOWAIT);
    if (end.si_code != CLD_EXITED || end.si_status != 0)
      throw std::runtime_error("the snapshot failed");
  }

 private:
  pid_t pid_ = 0;
};

void hold_and_snapshot(const std::string& address, const std::string& mount_point,
                       const std::string& receipt_file, char** command) {
  // [hold]
  const fsfreezed::Client client(address);
  const auto receipt = client.with_hold(mount_point, [&](fsfreezed::Hold& hold) {
    // Frozen: writers wait, the image is stable. What is copied after the hold broke is worthless.
    const Program snapshot(command);
    const fsfreezed::BrokenCallback stop(hold, [&](const auto&) { snapshot.stop(); });
    snapshot.wait_for_success();
  });
  std::ofstream(receipt_file) << receipt.to_json() << '\n';
  std::cout << to_string(receipt.verdict) << '\n';
  // [/hold]
  if (!std::ifstream(receipt_file)) throw std::runtime_error("cannot write " + receipt_file);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::cerr << "usage: hold_and_snapshot ADDRESS MOUNT_POINT RECEIPT COMMAND [ARG...]\n";
    return 2;
  }
  try {
    hold_and_snapshot(argv[1], argv[2], argv[3], argv + 4);
  } catch (const fsfreezed::FreezeError& error) {
    std::cerr << error.reason() << ": " << error.what() << '\n';
    return 1;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
