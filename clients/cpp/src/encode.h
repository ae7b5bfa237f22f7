/// What callers write, as the contract's messages.
#pragma once

#include "fsfreeze/v1/options.pb.h"
#include "fsfreeze/v1/target.pb.h"
#include "fsfreezed/options.h"
#include "fsfreezed/target.h"
#include "times.h"

namespace fsfreezed::detail {

namespace pb = ::fsfreeze::v1;

pb::Target encode(const Target& target);
pb::Presync encode(const Presync& presync);
pb::Hooks encode(const Hooks& hooks);

/// Into a request with `targets` and `all_freezable`.
template <class Request>
void encode_targets(const Targets& targets, Request& request) {
  if (const auto* all = std::get_if<AllFreezable>(&targets.which)) {
    auto& patterns = *request.mutable_all_freezable()->mutable_exclude_patterns();
    patterns.Assign(all->exclude.begin(), all->exclude.end());
    return;
  }
  for (const Target& target : std::get<std::vector<Target>>(targets.which))
    *request.add_targets() = encode(target);
}

/// How a freeze is made, from the options of `hold` or of `freeze`, but for the ttl.
template <class Options, class Request>
void encode_settings(const Options& options, Request& request) {
  request.set_purpose(options.purpose);
  if (options.freeze_timeout)
    *request.mutable_freeze_timeout() = pb_duration(*options.freeze_timeout);
  if (options.presync) *request.mutable_presync() = encode(*options.presync);
  if (options.hooks) *request.mutable_hooks() = encode(*options.hooks);
}

}  // namespace fsfreezed::detail
