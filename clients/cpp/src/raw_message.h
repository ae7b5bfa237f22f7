/// A message as it came, kept beside its native form for its JSON.
#pragma once

#include <google/protobuf/message.h>

#include <memory>

namespace fsfreezed::detail {

struct RawMessage {
  std::unique_ptr<const google::protobuf::Message> message;
};

template <class Pb>
std::shared_ptr<const RawMessage> raw(const Pb& message) {
  return std::make_shared<const RawMessage>(RawMessage{std::make_unique<const Pb>(message)});
}

}  // namespace fsfreezed::detail
