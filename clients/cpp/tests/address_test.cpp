#include "address.h"

#include <doctest/doctest.h>

#include <stdexcept>

using fsfreezed::detail::parse_address;

TEST_CASE("an address is a Unix socket's path, or a host and a port") {
  CHECK(parse_address("unix:/run/f.sock").target == "unix:/run/f.sock");
  CHECK(parse_address("unix:///run/f.sock").target == "unix:/run/f.sock");
  CHECK(parse_address("/run/f.sock").target == "unix:/run/f.sock");
  CHECK(parse_address("unix:f.sock").target == "unix:f.sock");
  CHECK(parse_address("/run/f.sock").is_unix);
  CHECK(parse_address("localhost:50051").target == "dns:localhost:50051");
  CHECK(parse_address("[::1]:50051").target == "dns:[::1]:50051");
  CHECK_FALSE(parse_address("127.0.0.1:1").is_unix);
}

TEST_CASE("a path is meant as it is written") {
  CHECK(parse_address("/run/a b%20#?.sock").target == "unix:/run/a%20b%2520%23%3F.sock");
}

TEST_CASE("what is no address is refused") {
  for (const char* text :
       {"", "localhost", "localhost:", ":1", "localhost:0", "localhost:65536", "localhost:1x",
        "::1:50051", "http://localhost:1", "a b:1", "unix:", "unix://run/f.sock", "[]:1"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_address(text), std::invalid_argument);
  }
  CHECK_NOTHROW(parse_address("/" + std::string(106, 'x')));
  CHECK_THROWS_AS(parse_address("/" + std::string(107, 'x')), std::invalid_argument);
}
