#include <google/protobuf/repeated_ptr_field.h>

#include "decode_fields.h"
#include "enum_name.h"
#include "raw_message.h"

namespace fsfreezed::detail {
namespace {

std::vector<std::string> strings(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

UnixIdentity decode(const pb::UnixIdentity& peer) {
  UnixIdentity identity;
  if (peer.has_uid()) identity.uid = peer.uid();
  if (peer.has_gid()) identity.gid = peer.gid();
  identity.pid = peer.pid();
  return identity;
}

TlsIdentity decode(const pb::TlsIdentity& peer) {
  return {peer.subject(), strings(peer.subject_alt_names()), peer.fingerprint_sha256()};
}

}  // namespace

PresyncInfo decode(const pb::Presync& presync) {
  return {decode_optional_enum<PresyncMode>(presync.mode()),
          FSFREEZED_OPTIONAL(presync, timeout, duration_of)};
}

HooksInfo decode(const pb::Hooks& hooks) {
  return {strings(hooks.names()), FSFREEZED_OPTIONAL(hooks, timeout, duration_of)};
}

DeviceNumber decode(const pb::DeviceNumber& number) { return {number.major(), number.minor()}; }

BlockDevice decode(const pb::BlockDevice& device) {
  return {decode(device.number()), device.name(), decode_enum<DeviceRole>(device.role())};
}

Filesystem decode(const pb::Filesystem& filesystem) {
  Filesystem native;
  native.mount_point = filesystem.mount_point();
  native.mount_point_escaped = filesystem.mount_point_escaped();
  native.type = filesystem.type();
  native.uuid = filesystem.uuid();
  native.device = decode(filesystem.device());
  native.devices = decode_all(filesystem.devices());
  native.read_only = filesystem.read_only();
  native.source = filesystem.source();
  return native;
}

Owner decode(const pb::Owner& owner) {
  Owner native;
  if (owner.has_unix_peer()) native.identity = decode(owner.unix_peer());
  if (owner.has_tls_peer()) native.identity = decode(owner.tls_peer());
  native.address = owner.address();
  return native;
}

HoldReference decode(const pb::HoldReference& hold) {
  return {hold.hold_id(), FSFREEZED_OPTIONAL(hold, owner, decode), hold.purpose()};
}

FrozenBy decode(const pb::FrozenBy& holder) {
  FrozenBy native(raw(holder));
  native.freezer = decode_enum<Freezer>(holder.freezer());
  native.holds = decode_all(holder.holds());
  native.device = holder.device();
  return native;
}

ErrorDetail decode(const pb::ErrorDetail& detail) {
  return {enum_name(*pb::ErrorReason_descriptor(), detail.reason()),
          detail.message(),
          {detail.metadata().begin(), detail.metadata().end()}};
}

PassedOver decode(const pb::PassedOver& passed_over) {
  return {decode(passed_over.filesystem()), FSFREEZED_OPTIONAL(passed_over, refusal, decode)};
}

HoldOptionsInfo decode(const pb::HoldOptions& options) {
  HoldOptionsInfo native;
  native.ttl = FSFREEZED_OPTIONAL(options, ttl, duration_of);
  native.freeze_timeout = FSFREEZED_OPTIONAL(options, freeze_timeout, duration_of);
  native.presync = FSFREEZED_OPTIONAL(options, presync, decode);
  native.linger = FSFREEZED_OPTIONAL(options, linger, duration_of);
  native.hooks = FSFREEZED_OPTIONAL(options, hooks, decode);
  return native;
}

Limits decode(const pb::Limits& limits) {
  Limits native;
  native.max_ttl = FSFREEZED_OPTIONAL(limits, max_ttl, duration_of);
  native.max_freeze_timeout = FSFREEZED_OPTIONAL(limits, max_freeze_timeout, duration_of);
  native.max_presync_timeout = FSFREEZED_OPTIONAL(limits, max_presync_timeout, duration_of);
  native.max_linger = FSFREEZED_OPTIONAL(limits, max_linger, duration_of);
  native.max_frozen = FSFREEZED_OPTIONAL(limits, max_frozen, duration_of);
  return native;
}

}  // namespace fsfreezed::detail
