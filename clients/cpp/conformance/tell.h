/// What the driver writes: answers and events, one JSON object a line.
#pragma once

#include <fsfreezed/client.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

using Json = nlohmann::json;

/// One line; whole, whichever thread tells it.
void tell(const Json& line);

/// The contract's own JSON of a message.
Json contract(const fsfreezed::Message& message);
template <class T>
Json contract_list(const std::vector<T>& messages) {
  Json list = Json::array();
  for (const T& message : messages) list.push_back(contract(message));
  return list;
}

// From the client's own types.
Json native(const fsfreezed::HoldInfo& hold);
Json native(const fsfreezed::Receipt& receipt);
Json native(const fsfreezed::HoldStatus& status);
Json native(const fsfreezed::FrozenStatus& status);
/// RFC 3339 in UTC, or null.
Json instant(const std::optional<fsfreezed::Time>& time);

Json error_json(const fsfreezed::FreezeError& error);
/// Of the exception that is being handled.
Json current_error();

/// What the body of a scope throws.
struct BodyError : std::runtime_error {
  BodyError() : std::runtime_error("boom") {}
  /// Of the scope's hold.
  std::optional<fsfreezed::Receipt> receipt;
};

/// The driver's language lacks what a command asks for.
struct UnsupportedHere : std::runtime_error {
  using std::runtime_error::runtime_error;
};
