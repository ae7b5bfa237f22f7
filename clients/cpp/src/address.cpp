#include "address.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace fsfreezed::detail {
namespace {

// sockaddr_un.sun_path has 108 bytes on Linux, one of them for the closing NUL (unix(7)).
constexpr std::size_t longest_socket_path = 107;
constexpr int highest_port = 65'535;

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// gRPC reads a target as a URI: what has a meaning there must be escaped.
std::string percent_encoded(std::string_view path) {
  constexpr std::string_view plain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : path) {
    if (plain.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += '%';
      encoded += digits[byte >> 4U];
      encoded += digits[byte & 0xFU];
    }
  }
  return encoded;
}

Address unix_address(std::string_view path) {
  if (path.empty()) throw std::invalid_argument("the path of the Unix socket is empty");
  if (path.find('\0') != std::string_view::npos)
    throw std::invalid_argument("a Unix socket's path has no NUL");
  if (path.size() > longest_socket_path)
    throw std::invalid_argument("a Unix socket's path has at most " +
                                std::to_string(longest_socket_path) + " bytes");
  return {true, "unix:" + percent_encoded(path)};
}

bool is_host(std::string_view host) {
  const auto of = [](std::string_view text, std::string_view allowed) {
    return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
  };
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    return of(host.substr(1, host.size() - 2), "0123456789ABCDEFabcdef:.%");
  constexpr std::string_view never = "/:[]";
  return !host.empty() && std::none_of(host.begin(), host.end(), [&](char c) {
    return never.find(c) != std::string_view::npos ||
           std::isspace(static_cast<unsigned char>(c)) != 0;
  });
}

bool is_port(std::string_view port) {
  if (port.empty() || port.size() > 5 || !std::all_of(port.begin(), port.end(), is_digit))
    return false;
  const int number = std::stoi(std::string(port));
  return number >= 1 && number <= highest_port;
}

}  // namespace

Address parse_address(std::string_view text) {
  constexpr std::string_view scheme = "unix:";
  constexpr std::string_view authority = "unix://";
  if (starts_with(text, authority)) {
    const std::string_view path = text.substr(authority.size());
    if (starts_with(path, "/")) return unix_address(path);
    throw std::invalid_argument("write unix:" + std::string(path) + " or unix:///absolute/path");
  }
  if (starts_with(text, scheme)) return unix_address(text.substr(scheme.size()));
  // gRPC would take a bare path for a host name; what is meant is plain.
  if (starts_with(text, "/")) return unix_address(text);
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || !is_host(text.substr(0, colon)) ||
      !is_port(text.substr(colon + 1)))
    throw std::invalid_argument("\"" + std::string(text) + "\" is neither unix:PATH nor HOST:PORT");
  return {false, "dns:" + std::string(text)};
}

}  // namespace fsfreezed::detail
