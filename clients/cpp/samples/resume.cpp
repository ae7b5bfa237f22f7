/// resume ADDRESS MOUNT_POINT
///
/// A hold that outlives the connection of whoever opened it: another takes it over, and it stays
/// frozen without a gap.
#include <fsfreezed/client.h>

#include <chrono>
#include <iostream>
#include <string>

using namespace std::chrono_literals;

namespace {

void resume(const std::string& address, const std::string& mount_point) {
  // [resume]
  fsfreezed::HoldOptions options;
  options.ttl = 30s;
  options.linger = 10s;
  const fsfreezed::Client client(address);
  fsfreezed::Hold lost = client.hold(mount_point, options);
  // Keep these where the next program finds them. The token is a secret.
  const std::string id = lost.id();
  const std::string token = lost.resume_token();
  lost.cancel();  // As if the connection broke: it lingers, still frozen.

  const fsfreezed::Client other(address);
  fsfreezed::Hold hold = other.resume(id, token);
  std::cout << to_string(hold.release().verdict) << '\n';
  // [/resume]
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: resume ADDRESS MOUNT_POINT\n";
    return 2;
  }
  try {
    resume(argv[1], argv[2]);
  } catch (const fsfreezed::FreezeError& error) {
    std::cerr << error.reason() << ": " << error.what() << '\n';
    return 1;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
