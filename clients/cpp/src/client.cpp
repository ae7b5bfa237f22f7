#include "fsfreezed/client.h"

#include <algorithm>

#include "address.h"
#include "channel.h"
#include "decode.h"
#include "encode.h"
#include "health.h"
#include "hold_core.h"
#include "request_id.h"
#include "verdict.h"
#include "watch_core.h"

namespace fsfreezed {

namespace pb = ::fsfreeze::v1;

namespace {

using detail::CallLimits;
using detail::Stub;
using std::chrono::milliseconds;

constexpr milliseconds default_max_hold{60'000};
// The contract's defaults: how long a call that freezes may wait by itself.
constexpr milliseconds default_freeze_timeout{30'000};
constexpr milliseconds default_presync_timeout{60'000};
// A thaw waits for lower layers that are frozen.
constexpr milliseconds thaw_timeout{60'000};
constexpr int page_size = 100;

// Zero means the default, to the service as well.
milliseconds given_or(const std::optional<milliseconds>& time, milliseconds by_default) {
  return time && *time != milliseconds(0) ? *time : by_default;
}

/// How long freezing may take by what was asked for.
template <class Options>
milliseconds freezing_time(const Options& options) {
  milliseconds presync = default_presync_timeout;
  if (options.presync)
    presync = options.presync->mode == PresyncMode::off
                  ? milliseconds(0)
                  : given_or(options.presync->timeout, default_presync_timeout);
  return given_or(options.freeze_timeout, default_freeze_timeout) + presync;
}

template <class Options>
CallLimits limits_of(const Options& options, milliseconds by_default) {
  return {options.timeout.value_or(by_default), options.cancellation};
}

template <class Options>
detail::HoldBehaviour behaviour_of(const Options& options) {
  return {
      options.auto_renew,
      options.max_hold.value_or(std::max(default_max_hold, options.ttl.value_or(milliseconds(0)))),
      options.accept_unproven,
      false,
      options.on_progress,
      options.on_expiring,
      options.on_renew_failed,
      options.on_ended};
}

[[noreturn]] void throw_incomplete(const std::string& rpc) {
  throw detail::protocol_error("the service answered " + rpc + " without what it is about");
}

Receipt thawed(detail::Channel& channel, const pb::ThawRequest& request,
               const ThawOptions& options) {
  const auto response = channel.unary(&Stub::Thaw, request, limits_of(options, thaw_timeout));
  if (!response.has_receipt()) throw_incomplete("Thaw");
  Receipt receipt = detail::decode(response.receipt());
  if (const auto bad = detail::error_of_receipt(receipt, options.accept_unproven)) throw *bad;
  return receipt;
}

/// All pages of a list. `items_of(response)` is its repeated field.
template <class Request, class Response, class ItemsOf>
auto all_pages(detail::Channel& channel,
               grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
               const CallLimits& limits, ItemsOf items_of) {
  Request request;
  request.set_page_size(page_size);
  std::vector<decltype(detail::decode(items_of(std::declval<const Response&>()).Get(0)))> items;
  do {
    const Response page = channel.unary(method, request, limits);
    for (const auto& item : items_of(page)) items.push_back(detail::decode(item));
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return items;
}

}  // namespace

Client::Client(std::string_view address, const ConnectOptions& options)
    : channel_(std::make_shared<detail::Channel>(detail::parse_address(address), options)) {}
Client::Client(const Client&) = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(const Client&) = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Hold Client::hold(const Targets& targets, const HoldOptions& options) const {
  detail::HoldBehaviour behaviour = behaviour_of(options);
  behaviour.lingers = options.linger.has_value();
  pb::HoldOpen open;
  detail::encode_targets(targets, open);
  detail::encode_settings(options, open);
  if (options.ttl)
    *open.mutable_ttl() = detail::pb_duration(std::min(*options.ttl, behaviour.max_hold));
  if (options.linger) *open.mutable_linger() = detail::pb_duration(*options.linger);
  open.set_freeze_on_open(options.freeze_on_open);
  const detail::OpenRequest request{std::move(open), options.freeze_on_open,
                                    freezing_time(options) + channel_->timeout(),
                                    options.cancellation};
  return Hold(detail::HoldCore::open(channel_, request, std::move(behaviour)));
}

Hold Client::resume(std::string_view hold_id, std::string_view resume_token,
                    const ResumeOptions& options) const {
  pb::HoldOpen open;
  open.set_resume_hold_id(std::string(hold_id));
  open.set_resume_token(std::string(resume_token));
  if (options.ttl) *open.mutable_ttl() = detail::pb_duration(*options.ttl);
  if (options.linger) *open.mutable_linger() = detail::pb_duration(*options.linger);
  const detail::OpenRequest request{std::move(open), false, channel_->timeout(),
                                    options.cancellation};
  return Hold(detail::HoldCore::open(channel_, request, behaviour_of(options)));
}

HoldInfo Client::freeze(const Targets& targets, const FreezeOptions& options) const {
  pb::FreezeRequest request;
  request.set_request_id(options.request_id.empty() ? detail::random_request_id()
                                                    : options.request_id);
  detail::encode_targets(targets, request);
  detail::encode_settings(options, request);
  if (options.ttl) *request.mutable_ttl() = detail::pb_duration(*options.ttl);
  const auto response = channel_->unary(
      &Stub::Freeze, request, limits_of(options, freezing_time(options) + channel_->timeout()));
  if (!response.has_hold()) throw_incomplete("Freeze");
  return detail::decode(response.hold());
}

Receipt Client::thaw(std::string_view hold_id, const ThawOptions& options) const {
  pb::ThawRequest request;
  request.set_hold_id(std::string(hold_id));
  return thawed(*channel_, request, options);
}

Receipt Client::thaw_target(const Target& target, const ThawOptions& options) const {
  pb::ThawRequest request;
  *request.mutable_target() = detail::encode(target);
  return thawed(*channel_, request, options);
}

ForcedThaw Client::force_thaw(const Target& target, const CallOptions& options) const {
  pb::ThawRequest request;
  *request.mutable_target() = detail::encode(target);
  request.set_force(true);
  const auto response = channel_->unary(&Stub::Thaw, request, limits_of(options, thaw_timeout));
  if (!response.has_forced()) throw_incomplete("Thaw");
  return detail::decode(response.forced());
}

HoldInfo Client::renew(std::string_view hold_id, std::optional<milliseconds> ttl,
                       const CallOptions& options) const {
  pb::RenewHoldRequest request;
  request.set_hold_id(std::string(hold_id));
  if (ttl) *request.mutable_ttl() = detail::pb_duration(*ttl);
  const auto response =
      channel_->unary(&Stub::RenewHold, request, limits_of(options, channel_->timeout()));
  if (!response.has_hold()) throw_incomplete("RenewHold");
  return detail::decode(response.hold());
}

FrozenStatus Client::is_frozen(const Target& target, const CallOptions& options) const {
  pb::IsFrozenRequest request;
  *request.mutable_target() = detail::encode(target);
  return detail::decode(
      channel_->unary(&Stub::IsFrozen, request, limits_of(options, channel_->timeout())));
}

Plan Client::plan(const Targets& targets, const CallOptions& options) const {
  pb::PlanFreezeRequest request;
  detail::encode_targets(targets, request);
  const auto response =
      channel_->unary(&Stub::PlanFreeze, request, limits_of(options, channel_->timeout()));
  if (!response.has_plan()) throw_incomplete("PlanFreeze");
  return detail::decode(response.plan());
}

std::vector<FilesystemInfo> Client::list_filesystems(const CallOptions& options) const {
  return all_pages(
      *channel_, &Stub::ListFilesystems, limits_of(options, channel_->timeout()),
      [](const auto& page) -> const auto& { return page.filesystems(); });
}

HoldInfo Client::get_hold(std::string_view hold_id, const CallOptions& options) const {
  pb::GetHoldRequest request;
  request.set_hold_id(std::string(hold_id));
  const auto response =
      channel_->unary(&Stub::GetHold, request, limits_of(options, channel_->timeout()));
  if (!response.has_hold()) throw_incomplete("GetHold");
  return detail::decode(response.hold());
}

std::vector<HoldInfo> Client::list_holds(const CallOptions& options) const {
  return all_pages(
      *channel_, &Stub::ListHolds, limits_of(options, channel_->timeout()),
      [](const auto& page) -> const auto& { return page.holds(); });
}

Watch Client::watch(bool include_ended) const {
  auto core = std::make_shared<detail::WatchCore>(channel_);
  core->begin(include_ended);
  return Watch(std::move(core));
}

HealthStatus Client::health(std::string_view service, const CallOptions& options) const {
  return detail::check_health(*channel_, service, limits_of(options, channel_->timeout()));
}

}  // namespace fsfreezed
