/// What to freeze.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "fsfreezed/model.h"

namespace fsfreezed {

/// A path in the service's mount namespace; absolute.
struct MountPoint {
  std::string path;
  /// Also accept a directory below the mount point.
  bool allow_subdirectory = false;
};

/// Path of a device node; means the file system on it.
struct BlockDevicePath {
  std::string path;
};

/// As blkid(8) prints it.
struct FilesystemUuid {
  std::string uuid;
};

/// Names one file system. A string is the path of a mount point.
struct Target {
  // All implicit, so that `client.hold("/srv")` and `client.is_frozen(FilesystemUuid{uuid})` read
  // as they should.
  Target(const char* mount_point) : name(MountPoint{mount_point}) {}
  Target(std::string mount_point) : name(MountPoint{std::move(mount_point)}) {}
  Target(const std::filesystem::path& mount_point) : name(MountPoint{mount_point.string()}) {}
  Target(MountPoint mount_point) : name(std::move(mount_point)) {}
  Target(BlockDevicePath device) : name(std::move(device)) {}
  /// The third field of /proc/self/mountinfo, or a block device that the file system lies on.
  Target(DeviceNumber number) : name(number) {}
  Target(FilesystemUuid uuid) : name(std::move(uuid)) {}

  std::variant<MountPoint, BlockDevicePath, DeviceNumber, FilesystemUuid> name;
  /// Refused with TARGET_MISMATCH unless the file system has this UUID. Empty: no check.
  std::string expect_uuid;
  /// Refused with TARGET_MISMATCH unless the file system lies on this device.
  std::optional<DeviceNumber> expect_device;
};

/// Every local file system that can be frozen, but those with a mount point that a pattern matches
/// (`*`, `?`, `**`).
struct AllFreezable {
  std::vector<std::string> exclude;
};

/// What to freeze, all or nothing: 1 to 256 targets, or all that can be frozen.
struct Targets {
  template <class T, std::enable_if_t<std::is_convertible_v<T&&, Target>, int> = 0>
  Targets(T&& target) : which(std::vector<Target>{Target(std::forward<T>(target))}) {}
  Targets(std::initializer_list<Target> targets) : which(std::vector<Target>(targets)) {}
  Targets(std::vector<Target> targets) : which(std::move(targets)) {}
  Targets(const std::vector<std::string>& mount_points)
      : which(std::vector<Target>(mount_points.begin(), mount_points.end())) {}
  Targets(AllFreezable all) : which(std::move(all)) {}

  std::variant<std::vector<Target>, AllFreezable> which;
};

}  // namespace fsfreezed
