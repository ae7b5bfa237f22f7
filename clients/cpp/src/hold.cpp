#include "fsfreezed/hold.h"

#include <utility>

#include "hold_core.h"

namespace fsfreezed {

Hold::Hold(std::shared_ptr<detail::HoldCore> core) noexcept : core_(std::move(core)) {}
Hold::Hold(Hold&& other) noexcept = default;

Hold& Hold::operator=(Hold&& other) noexcept {
  if (this != &other) {
    end();
    core_ = std::move(other.core_);
  }
  return *this;
}

Hold::~Hold() { end(); }

void Hold::end() noexcept {
  if (const auto core = std::exchange(core_, nullptr)) core->close();
}

const std::string& Hold::id() const noexcept { return core_->id(); }
const std::string& Hold::resume_token() const noexcept { return core_->resume_token(); }
const Limits& Hold::limits() const noexcept { return core_->limits(); }
const std::optional<Plan>& Hold::plan() const noexcept { return core_->plan(); }

HoldInfo Hold::info() const { return core_->info(); }
std::optional<Time> Hold::expire_time() const { return core_->expire_time(); }
std::optional<Receipt> Hold::receipt() const { return core_->receipt(); }

std::optional<FreezeError> Hold::broken() const { return core_->broken().error(); }

void Hold::throw_if_broken() const {
  if (const auto error = core_->broken().error()) throw *error;
}

bool Hold::wait_broken_for(std::chrono::milliseconds time) const {
  return core_->broken().wait_until(detail::steady_deadline(detail::bounded(time)));
}

std::optional<Time> Hold::renew(std::optional<std::chrono::milliseconds> ttl) {
  return core_->renew(ttl);
}
HoldStatus Hold::status() { return core_->status(); }
HoldInfo Hold::freeze() { return core_->freeze(); }
std::vector<FrozenBy> Hold::thaw() { return core_->thaw(); }

Receipt Hold::release(const ReleaseOptions& options) { return core_->release(options); }
void Hold::cancel() noexcept { core_->cancel(); }

BrokenCallback::BrokenCallback(const Hold& hold, std::function<void(const FreezeError&)> callback)
    : core_(hold.core_), subscription_(core_->broken().subscribe(std::move(callback))) {}

BrokenCallback::~BrokenCallback() { core_->broken().unsubscribe(subscription_); }

}  // namespace fsfreezed
