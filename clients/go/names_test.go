package fsfreeze

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	pb "fsfreezed.dev/fsfreeze/internal/gen/fsfreeze/v1"
)

func TestUnknownValuesAreNoErrors(t *testing.T) {
	if got := named[Verdict](pb.Verdict(17)); got != "UNKNOWN_17" {
		t.Errorf("17: %q", got)
	}
	if got := named[Verdict](pb.Verdict_VERDICT_UNSPECIFIED); got != "" {
		t.Errorf("not said: %q", got)
	}
}

// The names are those of the contract, no more and no less.
func TestNamesAreTheContracts(t *testing.T) {
	same(t, pb.FreezeState(0), StateThawed, StateFreezing, StateFrozen, StateUnknown)
	same(t, pb.Certainty(0), Certain, Likely)
	same(t, pb.StateEvidence(0), StateByNone, StateBySuperblock, StateByExt4RecoveryFlag, StateByXfsReserve, StateBySimulation)
	same(t, pb.Freezer(0), FreezerThisService, FreezerAnotherTool, FreezerKernel, FreezerUnknown)
	same(t, pb.DeviceRole(0), DeviceData, DeviceLog, DeviceRealtime, DeviceLower)
	same(t, pb.HoldKind(0), KindStream, KindLease)
	same(t, pb.HoldState(0), HoldOpen, HoldFreezing, HoldFrozen, HoldThawing, HoldEnded)
	same(t, pb.HoldFilesystemState(0), MemberOpen, MemberWaiting, MemberFreezing, MemberFrozen, MemberThawing, MemberThawed, MemberBroken)
	same(t, pb.FreezePhase(0), PhaseWaiting, PhaseSyncing, PhaseFreezing, PhaseFrozen, PhaseThawing, PhaseThawed)
	same(t, pb.EndCause(0), EndReleased, EndClientGone, EndExpired, EndFreezeFailed, EndForeignThaw, EndDeviceFailed, EndAdministrator, EndShutdown, EndDaemonRestart)
	same(t, pb.Verdict(0), VerdictIntact, VerdictNotIntact, VerdictUnproven, VerdictNeverFrozen)
	same(t, pb.IntervalEnd(0), IntervalThawed, IntervalLeftFrozen, IntervalForeignThaw, IntervalDeviceFailed, IntervalUnknown)
	same(t, pb.EvidenceKind(0), EvidenceOwnerRelease, EvidenceFrozenState, EvidenceFreezeGeneration, EvidenceGenerationFallback, EvidenceThawResult, EvidenceDeviceHealth, EvidenceSectorsWritten, EvidenceSectorsDiscarded, EvidenceCountersAlive)
	same(t, pb.EvidenceResult(0), EvidenceHeld, EvidenceContradicted, EvidenceMissing, EvidenceNotNeeded)
	same(t, pb.PresyncMode(0), PresyncOff, PresyncUntilCalm)
	same(t, pb.ErrorReason(0),
		ReasonInvalidRequest, ReasonTargetNotFound, ReasonHoldNotFound, ReasonNotADirectory, ReasonNotAMountPoint,
		ReasonTargetMismatch, ReasonTargetAmbiguous, ReasonProtectedFilesystem, ReasonNotFreezable, ReasonNotFrozen,
		ReasonFrozenByAnother, ReasonDeviceSuspended, ReasonLowerLayerFrozen, ReasonFrozenTooLong, ReasonHoldEnded,
		ReasonHoldAmbiguous, ReasonHooksImpossible, ReasonNotPermitted, ReasonResumeRefused, ReasonUnauthenticated,
		ReasonFreezeTimeout, ReasonHoldExpired, ReasonFreezeBroken, ReasonHoldTakenOver, ReasonTooManyHolds,
		ReasonTooManyStuckFreezes, ReasonGuardianUnavailable, ReasonShuttingDown, ReasonUnsupported,
		ReasonDaemonNotPrivileged, ReasonIOError, ReasonInternal, ReasonFreezeCancelled, ReasonClientGone)
}

func same[T ~string](t *testing.T, of protoreflect.Enum, names ...T) {
	t.Helper()
	var contracts []T
	values := of.Descriptor().Values()
	for i := range values.Len() {
		if number := values.Get(i).Number(); number != 0 {
			contracts = append(contracts, named[T](of.Type().New(number)))
		}
	}
	slices.Sort(contracts)
	slices.Sort(names)
	if !slices.Equal(contracts, names) {
		t.Errorf("%s: the contract has %v, the package %v", of.Descriptor().Name(), contracts, names)
	}
}
