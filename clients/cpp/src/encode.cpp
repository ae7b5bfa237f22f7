#include "encode.h"

namespace fsfreezed::detail {
namespace {

pb::DeviceNumber encode(DeviceNumber number) {
  pb::DeviceNumber message;
  message.set_major(number.major);
  message.set_minor(number.minor);
  return message;
}

struct NameEncoder {
  pb::Target& target;

  void operator()(const MountPoint& mount_point) const {
    target.set_path(mount_point.path);
    target.set_allow_subdirectory(mount_point.allow_subdirectory);
  }
  void operator()(const BlockDevicePath& device) const { target.set_block_device(device.path); }
  void operator()(DeviceNumber number) const { *target.mutable_device_number() = encode(number); }
  void operator()(const FilesystemUuid& uuid) const { target.set_filesystem_uuid(uuid.uuid); }
};

}  // namespace

pb::Target encode(const Target& target) {
  pb::Target message;
  std::visit(NameEncoder{message}, target.name);
  message.set_expect_uuid(target.expect_uuid);
  if (target.expect_device) *message.mutable_expect_device() = encode(*target.expect_device);
  return message;
}

pb::Presync encode(const Presync& presync) {
  pb::Presync message;
  if (presync.mode) message.set_mode(static_cast<pb::PresyncMode>(*presync.mode));
  if (presync.timeout) *message.mutable_timeout() = pb_duration(*presync.timeout);
  return message;
}

pb::Hooks encode(const Hooks& hooks) {
  pb::Hooks message;
  message.mutable_names()->Assign(hooks.names.begin(), hooks.names.end());
  if (hooks.timeout) *message.mutable_timeout() = pb_duration(*hooks.timeout);
  return message;
}

}  // namespace fsfreezed::detail
