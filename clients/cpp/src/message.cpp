#include <google/protobuf/util/json_util.h>

#include "fsfreezed/error.h"
#include "fsfreezed/model.h"
#include "raw_message.h"

namespace fsfreezed {

std::string Message::to_json() const {
  if (raw_ == nullptr) return "{}";
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(*raw_->message, &json);
  if (!status.ok())
    throw FreezeError(reasons::protocol, StatusCode::internal,
                      "what the service sent has no JSON: " + status.ToString());
  return json;
}

}  // namespace fsfreezed
