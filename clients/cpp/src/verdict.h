/// What a receipt means to whoever must decide whether to keep a snapshot.
#pragma once

#include <optional>

#include "fsfreezed/error.h"

namespace fsfreezed::detail {

/// The error that a receipt is, however its call ended; empty where the hold held.
std::optional<FreezeError> error_of_receipt(const Receipt& receipt, bool accept_unproven);

}  // namespace fsfreezed::detail
