/// renew ADDRESS MOUNT_POINT
///
/// A hold that lives only as long as its work makes progress: it is renewed by hand, after each
/// piece.
#include <fsfreezed/client.h>

#include <chrono>
#include <ctime>
#include <iostream>
#include <string>
#include <thread>

using namespace std::chrono_literals;

namespace {

void do_a_piece_of_work() { std::this_thread::sleep_for(1s); }

void print(const char* what, const std::optional<fsfreezed::Time>& time) {
  if (!time) return;
  const std::time_t seconds = std::chrono::system_clock::to_time_t(*time);
  char text[32];
  std::tm utc{};
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &utc));
  std::cout << what << text << '\n';
}

void renew(const std::string& address, const std::string& mount_point) {
  const fsfreezed::Client client(address);
  // [renew]
  fsfreezed::HoldOptions options;
  options.ttl = 3s;
  options.auto_renew = false;
  fsfreezed::Hold hold = client.hold(mount_point, options);
  for (int piece = 0; piece < 5; ++piece) {
    do_a_piece_of_work();
    // A program that hangs does not come here, and its file system is thawed after 3 s.
    print("frozen until ", hold.renew());
  }
  std::cout << to_string(hold.release().verdict) << '\n';
  // [/renew]
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: renew ADDRESS MOUNT_POINT\n";
    return 2;
  }
  try {
    renew(argv[1], argv[2]);
  } catch (const fsfreezed::FreezeError& error) {
    std::cerr << error.reason() << ": " << error.what() << '\n';
    return 1;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
