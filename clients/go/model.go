package fsfreeze

import (
	"errors"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// told keeps the message that a value was made from, for its JSON form.
type told struct{ message proto.Message }

// MarshalJSON gives the contract's JSON form (the proto3 mapping). It is that of the message which the
// service sent: a value that was made by hand has none, and changes of its fields are not seen.
func (t told) MarshalJSON() ([]byte, error) {
	if t.message == nil {
		return nil, errors.New("fsfreeze: only what the service told has a JSON form")
	}
	return protojson.Marshal(t.message)
}

// DeviceNumber is the number of a block device, or of a file system's superblock (st_dev).
type DeviceNumber struct {
	Major, Minor uint32
}

// BlockDevice is a device that a file system lies on.
type BlockDevice struct {
	Number DeviceNumber
	// Name is the kernel's, e.g. "loop0".
	Name string
	Role DeviceRole
}

// Filesystem tells which file system is meant.
type Filesystem struct {
	// MountPoint is empty where it is not mounted (frozen, then unmounted).
	MountPoint string
	// MountPointEscaped is true where MountPoint is not UTF-8: other bytes and backslashes are
	// written as a backslash and three octal digits.
	MountPointEscaped bool
	// Type is as the kernel names it: "ext4", "xfs", "btrfs" ...
	Type string
	UUID string
	// Device is the third field of /proc/self/mountinfo.
	Device DeviceNumber
	// Devices are all that it writes to, the mounted one first. Empty where they are not known.
	Devices  []BlockDevice
	ReadOnly bool
	// Source is what it was mounted from, e.g. "/dev/loop3".
	Source string
}

// UnixIdentity is a caller on a Unix socket, as the kernel attests it.
type UnixIdentity struct {
	// UID and GID are nil where the service did not tell: an absent one must never read as root's.
	UID, GID *uint32
	// PID is only a hint, and 0 where the service cannot see it.
	PID uint32
}

// TLSIdentity is a caller with a verified client certificate.
type TLSIdentity struct {
	// Subject is written as RFC 4514 does.
	Subject string
	// SubjectAltNames carry their type, e.g. "DNS:backup.example".
	SubjectAltNames []string
	// FingerprintSHA256 has 64 lower-case hexadecimal digits.
	FingerprintSHA256 string
}

// Owner is who opened a hold. With neither identity it is known by nothing but its address.
type Owner struct {
	Unix *UnixIdentity
	TLS  *TLSIdentity
	// Address is "unix:" or "tcp:HOST:PORT", for people and logs.
	Address string
}

// HoldReference names a hold to somebody who is not its owner.
type HoldReference struct {
	HoldID string
	// Owner is nil where it is not known any more.
	Owner   *Owner
	Purpose string
}

// FrozenBy is one holder of a freeze.
type FrozenBy struct {
	told
	Freezer Freezer
	// Holds are those of this service. Only with FreezerThisService.
	Holds []HoldReference
	// Device is the suspended one, e.g. "dm-3". Only with FreezerKernel; may be empty.
	Device string
}

// ErrorDetail is a reason that is told inside a value, rather than as an error.
type ErrorDetail struct {
	Reason Reason
	// Message is for people: never branch on it.
	Message  string
	Metadata map[string]string
}

// PassedOver is a file system that AllFreezable left out.
type PassedOver struct {
	Filesystem Filesystem
	// Refusal is nil where an exclude pattern matched.
	Refusal *ErrorDetail
}

// EffectiveOptions are the options of a hold, as asked for or as in effect. Zero: not said.
type EffectiveOptions struct {
	TTL           time.Duration
	FreezeTimeout time.Duration
	Presync       *Presync
	Linger        time.Duration
	Hooks         *Hooks
}

// Limits are the operator's: what longer times are clamped to. Zero: not said.
type Limits struct {
	MaxTTL            time.Duration
	MaxFreezeTimeout  time.Duration
	MaxPresyncTimeout time.Duration
	MaxLinger         time.Duration
	// MaxFrozen is the longest that a file system stays frozen in one piece, all holds and renewals
	// together.
	MaxFrozen time.Duration
}

// HoldFilesystem is one file system of a hold, as it is for this hold. The kernel's state may
// differ: ask Client.IsFrozen or Hold.Status.
type HoldFilesystem struct {
	Filesystem Filesystem
	State      HoldFilesystemState
	FrozenTime time.Time
	// FrozenBoottime is the same since boot (CLOCK_BOOTTIME).
	FrozenBoottime time.Duration
	// FreezeDuration is how long FIFREEZE took.
	FreezeDuration time.Duration
}

// HoldInfo is a hold as the service tells of it.
type HoldInfo struct {
	told
	HoldID      string
	Kind        HoldKind
	State       HoldState
	Owner       Owner
	Purpose     string
	Filesystems []HoldFilesystem
	// Effective options are clamped to the service's limits, with the last renewal's TTL.
	Effective EffectiveOptions
	OpenTime  time.Time
	// FrozenTime is when all of it was frozen. Zero: it is not.
	FrozenTime time.Time
	// Skew lies between the first and the last of its file systems frozen.
	Skew time.Duration
	// ExpireTime is the deadline by the service's wall clock. Zero: none runs.
	ExpireTime time.Time
	// LingerExpireTime is until when it waits for its client to come back. Zero: it does not.
	LingerExpireTime time.Time
	PassedOver       []PassedOver
	// Receipt is there when, and only when, the hold has ended.
	Receipt *Receipt
}

// FilesystemStatus is one file system of a HoldStatus.
type FilesystemStatus struct {
	Filesystem Filesystem
	State      FreezeState
	Certainty  Certainty
	HeldByThis bool
	FrozenBy   []FrozenBy
	Evidence   StateEvidence
}

// HoldStatus is what a hold holds, and what the kernel says.
type HoldStatus struct {
	told
	// State is the kernel's for the whole hold.
	State FreezeState
	// HeldByThis is true where this hold keeps all its file systems frozen.
	HeldByThis  bool
	Filesystems []FilesystemStatus
	// ExpireTime is zero where no deadline runs.
	ExpireTime time.Time
}

// FrozenStatus is the kernel's truth about one file system, whoever froze it.
type FrozenStatus struct {
	told
	Filesystem Filesystem
	State      FreezeState
	// Certainty is empty where the state is StateUnknown.
	Certainty Certainty
	// FrozenBy is empty when it is not frozen.
	FrozenBy []FrozenBy
	Evidence StateEvidence
}

// FilesystemInfo is one of Client.ListFilesystems.
type FilesystemInfo struct {
	told
	Filesystem  Filesystem
	MountPoints []string
	// Refusal is nil where the service can freeze it.
	Refusal   *ErrorDetail
	State     FreezeState
	Certainty Certainty
	FrozenBy  []FrozenBy
	Evidence  StateEvidence
}

// PlannedFilesystem is one file system of a Plan.
type PlannedFilesystem struct {
	Filesystem Filesystem
	// Step orders the freezes: 1 is first, equal ones are frozen together.
	Step uint32
	// DirtyBytes are still to be written back. Nil where the kernel does not tell.
	DirtyBytes *uint64
	// DeviceStack goes from the mounted device down.
	DeviceStack []BlockDevice
	State       FreezeState
	Certainty   Certainty
	FrozenBy    []FrozenBy
	// Refusal is why a hold on it would be refused now; nil: it would not.
	Refusal  *ErrorDetail
	Warnings []string
}

// Plan is what a hold would freeze, and in which order.
type Plan struct {
	told
	Filesystems []PlannedFilesystem
	PassedOver  []PassedOver
	Warnings    []string
}

// ForcedThaw is what a forced thaw did.
type ForcedThaw struct {
	told
	Filesystem Filesystem
	FrozenBy   []FrozenBy
	// State is the kernel's after it: frozen still where the kernel itself goes on holding it.
	State FreezeState
}

// Progress is how far one file system is on its way to frozen.
type Progress struct {
	told
	Filesystem Filesystem
	Phase      FreezePhase
	// SyncPass counts from 1; 0 outside PhaseSyncing.
	SyncPass uint32
	// DirtyBytesLeft is nil where the kernel does not tell.
	DirtyBytesLeft *uint64
	// Elapsed counts since this phase began.
	Elapsed time.Duration
	// WaitingFor is there only in PhaseWaiting.
	WaitingFor *ErrorDetail
}

// WatchEvent is what Client.Watch tells: a hold, or that the first picture is complete.
type WatchEvent struct {
	// Hold as it is now: one of the first picture, a new one, or one that changed or ended.
	Hold *HoldInfo
	// PictureComplete is true once, with no Hold: what follows are changes.
	PictureComplete bool
}
