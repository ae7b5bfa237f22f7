/// How a gRPC status, or what a stream tells, becomes a FreezeError.
#pragma once

#include <grpcpp/support/status.h>

#include <string>

#include "fsfreeze/v1/hold_stream.pb.h"
#include "fsfreezed/error.h"

namespace fsfreezed::detail {

/// The error of a call that its caller did not cancel. `status` is not OK.
FreezeError error_of(const grpc::Status& status);
/// A command of a stream that was refused.
FreezeError error_of(const fsfreeze::v1::HoldFailed& failed);
/// What `broken` tells.
FreezeError error_of(const std::string& hold_id, const fsfreeze::v1::HoldBroken& broken);

FreezeError cancelled_error();
FreezeError timed_out_error(const std::string& message);
FreezeError protocol_error(const std::string& message);

/// The same error with the receipt that came beside it, where it has none.
FreezeError with_receipt(FreezeError error, const std::optional<Receipt>& receipt);

}  // namespace fsfreezed::detail
