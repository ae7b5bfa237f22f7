/// Gives up calls that block.
#pragma once

#include <memory>

#include "fsfreezed/export.h"

namespace fsfreezed {

namespace detail {
class CancellationState;
}

/// Given to a call in its options, lets another thread give that call up: it throws a FreezeError
/// with the reason CANCELLED. A freeze that is given up is thawed. Copies are one and the same; one
/// may be given to many calls. Thread-safe.
class FSFREEZED_EXPORT Cancellation {
 public:
  Cancellation();

  /// For good: calls that are made later are given up too.
  void cancel() const noexcept;
  [[nodiscard]] bool cancelled() const noexcept;

 private:
  friend class detail::CancellationState;
  std::shared_ptr<detail::CancellationState> state_;
};

}  // namespace fsfreezed
