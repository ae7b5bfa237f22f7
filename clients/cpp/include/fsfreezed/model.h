/// What the service tells, as plain values.
///
/// Durations and instants are those of std::chrono: instants by the wall clock are
/// `system_clock::time_point`s, instants since boot (CLOCK_BOOTTIME, which nobody can set) are
/// durations. A member that is an empty optional was not said by the service.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "fsfreezed/export.h"
#include "fsfreezed/names.h"

namespace fsfreezed {

namespace detail {
struct RawMessage;
}

using Time = std::chrono::system_clock::time_point;
/// Since boot.
using Boottime = std::chrono::nanoseconds;

/// A message of the contract, which has a form in JSON.
class FSFREEZED_EXPORT Message {
 public:
  Message() = default;
  explicit Message(std::shared_ptr<const detail::RawMessage> raw) : raw_(std::move(raw)) {}

  /// The message as it came, in the contract's own JSON (proto3 mapping), which the protobuf
  /// libraries of every language read: the form to keep beside a snapshot. One line. What was
  /// changed in the C++ members since is not in it; "{}" for a value that no service sent.
  [[nodiscard]] std::string to_json() const;

 private:
  std::shared_ptr<const detail::RawMessage> raw_;
};

/// Number of a block device, or of a file system's superblock (`st_dev`).
struct DeviceNumber {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
};

struct BlockDevice {
  DeviceNumber number;
  /// Kernel name, e.g. "loop0".
  std::string name;
  DeviceRole role{};
};

/// Which file system is meant.
struct Filesystem {
  /// Empty where it is not mounted (frozen, then unmounted).
  std::string mount_point;
  /// True where `mount_point` is not UTF-8: other bytes and backslashes are written `\ooo`.
  bool mount_point_escaped = false;
  /// "ext4", "xfs", "btrfs" ...
  std::string type;
  /// As blkid(8) prints it. Empty where it has none or it could not be read.
  std::string uuid;
  /// The third field of /proc/self/mountinfo.
  DeviceNumber device;
  /// Every device that it writes to, the mounted one first. Empty where they are not known.
  std::vector<BlockDevice> devices;
  bool read_only = false;
  /// What it was mounted from, e.g. "/dev/loop3". May be empty.
  std::string source;
};

/// A caller on a Unix socket, as the kernel attests it.
struct UnixIdentity {
  /// Empty where the service could not map it: never root.
  std::optional<std::uint32_t> uid;
  std::optional<std::uint32_t> gid;
  /// 0 where it is not visible to the service. Only a hint: ids are reused.
  std::uint32_t pid = 0;
};

/// A caller with a TLS client certificate.
struct TlsIdentity {
  std::string subject;
  std::vector<std::string> subject_alt_names;
  std::string fingerprint_sha256;
};

/// Who called, as the service knows it.
struct Owner {
  /// monostate: known by nothing but the address, or in a way that only a newer service knows.
  std::variant<std::monostate, UnixIdentity, TlsIdentity> identity;
  /// `unix:`, or `tcp:HOST:PORT`.
  std::string address;
};

/// Names a hold to somebody who is not its owner.
struct HoldReference {
  std::string hold_id;
  std::optional<Owner> owner;
  std::string purpose;
};

/// One holder of a freeze.
struct FrozenBy : Message {
  using Message::Message;
  Freezer freezer{};
  /// Only with `this_service`.
  std::vector<HoldReference> holds;
  /// The suspended device-mapper device, e.g. "dm-3". Only with `kernel`; may be empty.
  std::string device;
};

/// A reason told inside a message rather than as the status of a call.
struct ErrorDetail {
  /// As FreezeError::reason.
  std::string reason;
  /// For people; never branch on it.
  std::string message;
  std::map<std::string, std::string> metadata;
};

/// A file system that "all freezable" left out.
struct PassedOver {
  Filesystem filesystem;
  /// Empty: an exclude pattern matched.
  std::optional<ErrorDetail> refusal;
};

/// Writing back before the freeze, as in effect.
struct PresyncInfo {
  std::optional<PresyncMode> mode;
  std::optional<std::chrono::nanoseconds> timeout;
};

/// The operator's programs around a freeze, as in effect.
struct HooksInfo {
  std::vector<std::string> names;
  std::optional<std::chrono::nanoseconds> timeout;
};

/// Options as asked for, or as in effect.
struct HoldOptionsInfo {
  std::optional<std::chrono::nanoseconds> ttl;
  std::optional<std::chrono::nanoseconds> freeze_timeout;
  std::optional<PresyncInfo> presync;
  std::optional<std::chrono::nanoseconds> linger;
  std::optional<HooksInfo> hooks;
};

/// The operator's limits.
struct Limits {
  std::optional<std::chrono::nanoseconds> max_ttl;
  std::optional<std::chrono::nanoseconds> max_freeze_timeout;
  std::optional<std::chrono::nanoseconds> max_presync_timeout;
  std::optional<std::chrono::nanoseconds> max_linger;
  /// Longest time that a file system stays frozen in one piece, all holds and renewals together.
  std::optional<std::chrono::nanoseconds> max_frozen;
};

struct EvidenceItem {
  EvidenceKind kind{};
  EvidenceResult result{};
  /// For people, may be empty.
  std::string detail;
};

/// One time that a hold kept one file system frozen.
struct FreezeInterval {
  /// How long FIFREEZE took.
  std::optional<std::chrono::nanoseconds> freeze_duration;
  std::optional<Time> frozen_time;
  std::optional<Boottime> frozen_boottime;
  std::optional<Time> thawed_time;
  std::optional<Boottime> thawed_boottime;
  /// The last instant that the evidence covers: a copy complete by then is good even where the
  /// verdict is `not_intact`.
  std::optional<Time> intact_until;
  std::optional<Boottime> intact_until_boottime;
  /// Sectors of 512 bytes. Empty where they could not be counted.
  std::optional<std::uint64_t> sectors_written;
  std::optional<std::uint64_t> sectors_discarded;
  std::vector<EvidenceItem> evidence;
  /// Empty: it has not ended.
  std::optional<Verdict> verdict;
  std::optional<IntervalEnd> end;
};

/// One pass of syncfs(2) before a freeze.
struct PresyncPass {
  std::optional<std::chrono::nanoseconds> duration;
  std::optional<std::uint64_t> dirty_bytes_left;
};

struct FilesystemReceipt {
  Filesystem filesystem;
  std::vector<PresyncPass> presync_passes;
  /// Empty: never frozen.
  std::vector<FreezeInterval> intervals;
  Verdict verdict{};
};

/// What a hold was and whether it held. `to_json()` is its file form.
struct Receipt : Message {
  using Message::Message;
  std::string hold_id;
  std::optional<HoldKind> kind;
  std::string host_name;
  std::string boot_id;
  Owner owner;
  std::string purpose;
  HoldOptionsInfo requested;
  HoldOptionsInfo effective;
  EndCause end_cause{};
  Verdict verdict{};
  /// How many file systems it froze or joined, and how many of them the service thawed, counted
  /// once for each interval.
  std::uint32_t frozen_count = 0;
  std::uint32_t thawed_count = 0;
  std::vector<FilesystemReceipt> filesystems;
  std::vector<PassedOver> passed_over;
  std::optional<Time> open_time;
  std::optional<Time> end_time;
  /// What ended it, where that was an error.
  std::optional<ErrorDetail> failure;
  /// True: the service ran on its simulated kernel, and nothing was really frozen.
  bool simulated = false;
};

/// One file system of a hold, as it is for this hold. The kernel's state may differ: ask
/// `is_frozen` or `status`.
struct HoldFilesystem {
  Filesystem filesystem;
  HoldFilesystemState state{};
  std::optional<Time> frozen_time;
  std::optional<Boottime> frozen_boottime;
  /// How long FIFREEZE took.
  std::optional<std::chrono::nanoseconds> freeze_duration;
};

/// A hold as the service tells of it.
struct HoldInfo : Message {
  using Message::Message;
  std::string hold_id;
  HoldKind kind{};
  HoldState state{};
  Owner owner;
  std::string purpose;
  std::vector<HoldFilesystem> filesystems;
  HoldOptionsInfo effective;
  std::optional<Time> open_time;
  /// When all of it was frozen. Empty: it is not.
  std::optional<Time> frozen_time;
  /// Between the first and the last frozen.
  std::optional<std::chrono::nanoseconds> skew;
  /// The deadline. Empty: none runs.
  std::optional<Time> expire_time;
  std::optional<Time> linger_expire_time;
  std::vector<PassedOver> passed_over;
  /// There when, and only when, it has ended.
  std::optional<Receipt> receipt;
};

/// The kernel's truth about one file system, whoever froze it.
struct FrozenStatus : Message {
  using Message::Message;
  Filesystem filesystem;
  FreezeState state{};
  /// Empty where the state is unknown.
  std::optional<Certainty> certainty;
  /// Empty when it is not frozen.
  std::vector<FrozenBy> frozen_by;
  std::optional<StateEvidence> evidence;
};

struct HoldFilesystemStatus {
  Filesystem filesystem;
  FreezeState state{};
  std::optional<Certainty> certainty;
  bool held_by_this = false;
  std::vector<FrozenBy> frozen_by;
  std::optional<StateEvidence> evidence;
};

/// What a hold holds, and what the kernel says.
struct HoldStatus : Message {
  using Message::Message;
  /// The kernel's state for the whole hold.
  FreezeState state{};
  /// True where this hold keeps all its file systems frozen.
  bool held_by_this = false;
  std::vector<HoldFilesystemStatus> filesystems;
  std::optional<Time> expire_time;
};

struct FilesystemInfo : Message {
  using Message::Message;
  Filesystem filesystem;
  std::vector<std::string> mount_points;
  /// Empty: the service can freeze it.
  std::optional<ErrorDetail> refusal;
  FreezeState state{};
  std::optional<Certainty> certainty;
  std::vector<FrozenBy> frozen_by;
  std::optional<StateEvidence> evidence;
};

struct PlannedFilesystem {
  Filesystem filesystem;
  /// Those of one step are frozen together; lower steps first.
  std::uint32_t step = 0;
  std::optional<std::uint64_t> dirty_bytes;
  std::vector<BlockDevice> device_stack;
  std::optional<FreezeState> state;
  std::optional<Certainty> certainty;
  std::vector<FrozenBy> frozen_by;
  /// Why a hold on it would be refused now.
  std::optional<ErrorDetail> refusal;
  std::vector<std::string> warnings;
};

/// What a hold would freeze, and in which order.
struct Plan : Message {
  using Message::Message;
  std::vector<PlannedFilesystem> filesystems;
  std::vector<PassedOver> passed_over;
  std::vector<std::string> warnings;
};

/// What a forced thaw did.
struct ForcedThaw : Message {
  using Message::Message;
  Filesystem filesystem;
  std::vector<FrozenBy> frozen_by;
  /// The kernel's state after it.
  FreezeState state{};
};

/// How far one file system is on its way to frozen.
struct Progress : Message {
  using Message::Message;
  Filesystem filesystem;
  FreezePhase phase{};
  /// From 1; 0 outside `syncing`.
  std::uint32_t sync_pass = 0;
  std::optional<std::uint64_t> dirty_bytes_left;
  /// Since this phase began.
  std::optional<std::chrono::nanoseconds> elapsed;
  /// What it waits for, while `waiting`.
  std::optional<ErrorDetail> waiting_for;
};

/// The first picture of a watch is complete; what follows are changes.
struct PictureComplete {};

/// What a watch tells: a hold as it is now (one of the first picture, a new one, or one that
/// changed or ended), or, once, that the first picture is complete.
using WatchEvent = std::variant<HoldInfo, PictureComplete>;

}  // namespace fsfreezed
