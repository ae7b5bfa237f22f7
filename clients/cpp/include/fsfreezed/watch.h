/// Changes of holds, as they come: what `Client::watch` returns.
#pragma once

#include <memory>
#include <optional>

#include "fsfreezed/export.h"
#include "fsfreezed/model.h"

namespace fsfreezed {

namespace detail {
class WatchCore;
}

/// A stream of events. `next` is for one thread at a time, `cancel` for any.
class [[nodiscard]] FSFREEZED_EXPORT Watch {
 public:
  Watch(Watch&& other) noexcept;
  Watch& operator=(Watch&& other) noexcept;
  /// Ends the watch.
  ~Watch();

  /// Waits for the next event. Empty after `cancel()`. Throws FreezeError when the service ends the
  /// watch or is lost. Who asks rarely is told the latest state of each hold, and may miss those
  /// between.
  [[nodiscard]] std::optional<WatchEvent> next();
  /// Ends the watch: a `next()` that waits returns at once.
  void cancel() noexcept;

 private:
  friend class Client;
  explicit Watch(std::shared_ptr<detail::WatchCore> core) noexcept;

  std::shared_ptr<detail::WatchCore> core_;
};

}  // namespace fsfreezed
