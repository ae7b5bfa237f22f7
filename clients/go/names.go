package fsfreeze

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// The enumerations of the contract are strings: the contract's names without their prefix, "" where
// the service did not say, and "UNKNOWN_17" for a value that only a newer service knows.

// FreezeState tells whether a file system is frozen, in the kernel.
type FreezeState string

// The states of a file system.
const (
	// StateThawed is writable as usual, or read-only by its mount.
	StateThawed FreezeState = "THAWED"
	// StateFreezing is on its way: some writers are blocked, the image is not stable yet.
	StateFreezing FreezeState = "FREEZING"
	// StateFrozen has a stable image and blocked writers.
	StateFrozen FreezeState = "FROZEN"
	// StateUnknown cannot be found out on this kernel and file system. Nothing is guessed.
	StateUnknown FreezeState = "UNKNOWN"
)

// Certainty tells how far a FreezeState can be trusted.
type Certainty string

// The degrees of certainty.
const (
	// Certain was read from the kernel's own variable.
	Certain Certainty = "CERTAIN"
	// Likely was concluded from something that goes with a freeze.
	Likely Certainty = "LIKELY"
)

// StateEvidence tells which way answered for a FreezeState.
type StateEvidence string

// The ways to a FreezeState.
const (
	// StateByNone: no way could answer.
	StateByNone StateEvidence = "NONE"
	// StateBySuperblock was read from the kernel's superblock, through BPF.
	StateBySuperblock StateEvidence = "SUPERBLOCK"
	// StateByExt4RecoveryFlag was read from an ext4's superblock on the device.
	StateByExt4RecoveryFlag StateEvidence = "EXT4_RECOVERY_FLAG"
	// StateByXfsReserve was read from the reserve of blocks of an xfs.
	StateByXfsReserve StateEvidence = "XFS_RESERVE"
	// StateBySimulation is of a service on its simulated kernel: nothing is really frozen there.
	StateBySimulation StateEvidence = "SIMULATED"
)

// Freezer tells who keeps a file system frozen.
type Freezer string

// The kinds of freezers.
const (
	// FreezerThisService stands for holds of this service.
	FreezerThisService Freezer = "THIS_SERVICE"
	// FreezerAnotherTool stands for FIFREEZE by somebody else, e.g. fsfreeze(8).
	FreezerAnotherTool Freezer = "ANOTHER_TOOL"
	// FreezerKernel stands for a suspended device-mapper device, or hibernation.
	FreezerKernel Freezer = "KERNEL"
	// FreezerUnknown is somebody, but not this service.
	FreezerUnknown Freezer = "UNKNOWN"
)

// DeviceRole tells what a block device is to the file system that writes to it.
type DeviceRole string

// The roles of devices.
const (
	// DeviceData carries the data, or is one member of several.
	DeviceData DeviceRole = "DATA"
	// DeviceLog carries a log or journal that has a device of its own.
	DeviceLog DeviceRole = "LOG"
	// DeviceRealtime carries the realtime section of an xfs.
	DeviceRealtime DeviceRole = "REALTIME"
	// DeviceLower lies below a device that the file system writes to.
	DeviceLower DeviceRole = "LOWER"
)

// HoldKind tells what a hold's life is tied to, beside its deadline.
type HoldKind string

// The kinds of holds.
const (
	// KindStream ends with its stream: made by Client.Hold.
	KindStream HoldKind = "STREAM"
	// KindLease ends by Thaw or its deadline only: made by Client.Freeze.
	KindLease HoldKind = "LEASE"
)

// HoldState tells where a hold is in its life.
type HoldState string

// The states of a hold.
const (
	// HoldOpen keeps nothing frozen.
	HoldOpen HoldState = "OPEN"
	// HoldFreezing is on its way to frozen.
	HoldFreezing HoldState = "FREEZING"
	// HoldFrozen has all its file systems frozen.
	HoldFrozen HoldState = "FROZEN"
	// HoldThawing is on its way to thawed.
	HoldThawing HoldState = "THAWING"
	// HoldEnded has a receipt.
	HoldEnded HoldState = "ENDED"
)

// HoldFilesystemState tells where one file system of a hold is, for this hold.
type HoldFilesystemState string

// The states of a hold's file system.
const (
	// MemberOpen is named by the hold, and not kept frozen by it.
	MemberOpen HoldFilesystemState = "OPEN"
	// MemberWaiting waits for something that must end first.
	MemberWaiting HoldFilesystemState = "WAITING"
	// MemberFreezing is in FIFREEZE.
	MemberFreezing HoldFilesystemState = "FREEZING"
	// MemberFrozen is kept frozen by this hold.
	MemberFrozen HoldFilesystemState = "FROZEN"
	// MemberThawing was let go of by its last hold.
	MemberThawing HoldFilesystemState = "THAWING"
	// MemberThawed is kept frozen no more: the hold has ended.
	MemberThawed HoldFilesystemState = "THAWED"
	// MemberBroken was thawed by somebody else, or its device failed.
	MemberBroken HoldFilesystemState = "BROKEN"
)

// FreezePhase tells what is being done to a file system on its way to frozen, or to thawed.
type FreezePhase string

// The phases of a freeze.
const (
	// PhaseWaiting waits for something that must end first.
	PhaseWaiting FreezePhase = "WAITING"
	// PhaseSyncing writes dirty data back; nothing is frozen yet.
	PhaseSyncing FreezePhase = "SYNCING"
	// PhaseFreezing is FIFREEZE under way.
	PhaseFreezing FreezePhase = "FREEZING"
	// PhaseFrozen: this one is frozen, others of the hold may not be yet.
	PhaseFrozen FreezePhase = "FROZEN"
	// PhaseThawing is FITHAW under way.
	PhaseThawing FreezePhase = "THAWING"
	// PhaseThawed: it is thawed again.
	PhaseThawed FreezePhase = "THAWED"
)

// EndCause tells why a hold ended.
type EndCause string

// The ends of holds.
const (
	// EndReleased was its owner's will.
	EndReleased EndCause = "RELEASED"
	// EndClientGone: its client cancelled, died, or fell silent.
	EndClientGone EndCause = "CLIENT_GONE"
	// EndExpired: its deadline passed.
	EndExpired EndCause = "EXPIRED"
	// EndFreezeFailed: not all could be frozen in time.
	EndFreezeFailed EndCause = "FREEZE_FAILED"
	// EndForeignThaw: somebody else thawed a member.
	EndForeignThaw EndCause = "FOREIGN_THAW"
	// EndDeviceFailed: the device of a member failed.
	EndDeviceFailed EndCause = "DEVICE_FAILED"
	// EndAdministrator: an administrator thawed it.
	EndAdministrator EndCause = "ADMINISTRATOR"
	// EndShutdown: the service was told to stop.
	EndShutdown EndCause = "SHUTDOWN"
	// EndDaemonRestart: a process of the service died.
	EndDaemonRestart EndCause = "DAEMON_RESTART"
)

// Verdict tells whether what was copied while a hold was frozen is one consistent image.
type Verdict string

// The verdicts.
const (
	// VerdictIntact is proven: frozen and unchanged from frozen until its owner ended it.
	VerdictIntact Verdict = "INTACT"
	// VerdictNotIntact: it was thawed, or changed, or did not last until its owner's release.
	VerdictNotIntact Verdict = "NOT_INTACT"
	// VerdictUnproven: nothing wrong was seen, but a piece of the evidence is missing.
	VerdictUnproven Verdict = "UNPROVEN"
	// VerdictNeverFrozen: it ended before all was frozen.
	VerdictNeverFrozen Verdict = "NEVER_FROZEN"
)

// IntervalEnd tells how an interval ended for its file system.
type IntervalEnd string

// The ends of intervals.
const (
	// IntervalThawed: the service thawed it.
	IntervalThawed IntervalEnd = "THAWED"
	// IntervalLeftFrozen: other holds keep it frozen.
	IntervalLeftFrozen IntervalEnd = "LEFT_FROZEN"
	// IntervalForeignThaw: somebody else had thawed it.
	IntervalForeignThaw IntervalEnd = "FOREIGN_THAW"
	// IntervalDeviceFailed: its device failed or went away.
	IntervalDeviceFailed IntervalEnd = "DEVICE_FAILED"
	// IntervalUnknown could not be found out.
	IntervalUnknown IntervalEnd = "UNKNOWN"
)

// EvidenceKind is one kind of proof that a file system stayed frozen and its image unchanged.
type EvidenceKind string

// The kinds of evidence; proto/fsfreeze/v1/evidence.proto explains each.
const (
	EvidenceOwnerRelease       EvidenceKind = "OWNER_RELEASE"
	EvidenceFrozenState        EvidenceKind = "FROZEN_STATE"
	EvidenceFreezeGeneration   EvidenceKind = "FREEZE_GENERATION"
	EvidenceGenerationFallback EvidenceKind = "GENERATION_FALLBACK"
	EvidenceThawResult         EvidenceKind = "THAW_RESULT"
	EvidenceDeviceHealth       EvidenceKind = "DEVICE_HEALTH"
	EvidenceSectorsWritten     EvidenceKind = "SECTORS_WRITTEN"
	EvidenceSectorsDiscarded   EvidenceKind = "SECTORS_DISCARDED"
	EvidenceCountersAlive      EvidenceKind = "COUNTERS_ALIVE"
)

// EvidenceResult tells what a proof showed.
type EvidenceResult string

// The results of evidence.
const (
	// EvidenceHeld speaks for an intact image.
	EvidenceHeld EvidenceResult = "HELD"
	// EvidenceContradicted shows that the image may have changed.
	EvidenceContradicted EvidenceResult = "CONTRADICTED"
	// EvidenceMissing could not be had.
	EvidenceMissing EvidenceResult = "MISSING"
	// EvidenceNotNeeded was not asked for, e.g. a fall-back.
	EvidenceNotNeeded EvidenceResult = "NOT_NEEDED"
)

// PresyncMode tells whether dirty data are written back before the freeze.
type PresyncMode string

// The modes of presync; "" is the service's choice.
const (
	// PresyncOff leaves all writing back to the freeze itself, while writers are blocked.
	PresyncOff PresyncMode = "OFF"
	// PresyncUntilCalm repeats syncfs(2) until little is left to do.
	PresyncUntilCalm PresyncMode = "UNTIL_CALM"
)

// named gives a value of the contract's enumerations its name here.
func named[T ~string](value protoreflect.Enum) T {
	values, number := value.Descriptor().Values(), value.Number()
	if number == 0 {
		return ""
	}
	known := values.ByNumber(number)
	if known == nil {
		return T(fmt.Sprintf("UNKNOWN_%d", number))
	}
	return T(strings.TrimPrefix(string(known.Name()), enumPrefix(value.Descriptor())))
}

// enumPrefix is what buf's STANDARD puts before every value of an enumeration, its 0 included.
func enumPrefix(of protoreflect.EnumDescriptor) string {
	return strings.TrimSuffix(string(of.Values().ByNumber(0).Name()), "UNSPECIFIED")
}
