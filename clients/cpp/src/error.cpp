#include "fsfreezed/error.h"

namespace fsfreezed {

struct FreezeError::Parts {
  std::string reason;
  StatusCode code;
  Metadata metadata;
  std::optional<Receipt> receipt;
};

FreezeError::FreezeError(std::string_view reason, StatusCode code, const std::string& message,
                         Metadata metadata, std::optional<Receipt> receipt)
    : std::runtime_error(message),
      parts_(std::make_shared<const Parts>(
          Parts{std::string(reason), code, std::move(metadata), std::move(receipt)})) {}

// Here and not in the header, so that the type has one home and is caught across shared libraries.
FreezeError::~FreezeError() = default;

const std::string& FreezeError::reason() const noexcept { return parts_->reason; }
StatusCode FreezeError::code() const noexcept { return parts_->code; }
const FreezeError::Metadata& FreezeError::metadata() const noexcept { return parts_->metadata; }
const std::optional<Receipt>& FreezeError::receipt() const noexcept { return parts_->receipt; }

}  // namespace fsfreezed
