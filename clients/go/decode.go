package fsfreeze

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "fsfreezed.dev/fsfreeze/internal/gen/fsfreeze/v1"
)

// each makes a list of native values; an empty one stays nil.
func each[M, T any](messages []M, of func(M) T) []T {
	if len(messages) == 0 {
		return nil
	}
	values := make([]T, len(messages))
	for i, message := range messages {
		values[i] = of(message)
	}
	return values
}

// timeOf gives the zero time for one that was not said.
func timeOf(timestamp *timestamppb.Timestamp) time.Time {
	if timestamp == nil {
		return time.Time{}
	}
	return timestamp.AsTime()
}

func deviceNumberOf(device *pb.DeviceNumber) DeviceNumber {
	return DeviceNumber{Major: device.GetMajor(), Minor: device.GetMinor()}
}

func blockDeviceOf(device *pb.BlockDevice) BlockDevice {
	return BlockDevice{
		Number: deviceNumberOf(device.GetNumber()),
		Name:   device.GetName(),
		Role:   named[DeviceRole](device.GetRole()),
	}
}

func filesystemOf(filesystem *pb.Filesystem) Filesystem {
	return Filesystem{
		MountPoint:        filesystem.GetMountPoint(),
		MountPointEscaped: filesystem.GetMountPointEscaped(),
		Type:              filesystem.GetType(),
		UUID:              filesystem.GetUuid(),
		Device:            deviceNumberOf(filesystem.GetDevice()),
		Devices:           each(filesystem.GetDevices(), blockDeviceOf),
		ReadOnly:          filesystem.GetReadOnly(),
		Source:            filesystem.GetSource(),
	}
}

func ownerOf(owner *pb.Owner) Owner {
	native := Owner{Address: owner.GetAddress()}
	if peer := owner.GetUnixPeer(); peer != nil {
		native.Unix = &UnixIdentity{UID: peer.Uid, GID: peer.Gid, PID: peer.GetPid()}
	}
	if peer := owner.GetTlsPeer(); peer != nil {
		native.TLS = &TLSIdentity{
			Subject:           peer.GetSubject(),
			SubjectAltNames:   peer.GetSubjectAltNames(),
			FingerprintSHA256: peer.GetFingerprintSha256(),
		}
	}
	return native
}

func holdReferenceOf(reference *pb.HoldReference) HoldReference {
	native := HoldReference{HoldID: reference.GetHoldId(), Purpose: reference.GetPurpose()}
	if reference.GetOwner() != nil {
		owner := ownerOf(reference.GetOwner())
		native.Owner = &owner
	}
	return native
}

func frozenByOf(holder *pb.FrozenBy) FrozenBy {
	return FrozenBy{
		told:    told{holder},
		Freezer: named[Freezer](holder.GetFreezer()),
		Holds:   each(holder.GetHolds(), holdReferenceOf),
		Device:  holder.GetDevice(),
	}
}

func errorDetailOf(detail *pb.ErrorDetail) *ErrorDetail {
	if detail == nil {
		return nil
	}
	return &ErrorDetail{
		Reason:   named[Reason](detail.GetReason()),
		Message:  detail.GetMessage(),
		Metadata: detail.GetMetadata(),
	}
}

func passedOverOf(passed *pb.PassedOver) PassedOver {
	return PassedOver{
		Filesystem: filesystemOf(passed.GetFilesystem()),
		Refusal:    errorDetailOf(passed.GetRefusal()),
	}
}

func effectiveOptionsOf(options *pb.HoldOptions) EffectiveOptions {
	native := EffectiveOptions{
		TTL:           options.GetTtl().AsDuration(),
		FreezeTimeout: options.GetFreezeTimeout().AsDuration(),
		Linger:        options.GetLinger().AsDuration(),
	}
	if presync := options.GetPresync(); presync != nil {
		native.Presync = &Presync{
			Mode:    named[PresyncMode](presync.GetMode()),
			Timeout: presync.GetTimeout().AsDuration(),
		}
	}
	if hooks := options.GetHooks(); hooks != nil {
		native.Hooks = &Hooks{Names: hooks.GetNames(), Timeout: hooks.GetTimeout().AsDuration()}
	}
	return native
}

func limitsOf(limits *pb.Limits) Limits {
	return Limits{
		MaxTTL:            limits.GetMaxTtl().AsDuration(),
		MaxFreezeTimeout:  limits.GetMaxFreezeTimeout().AsDuration(),
		MaxPresyncTimeout: limits.GetMaxPresyncTimeout().AsDuration(),
		MaxLinger:         limits.GetMaxLinger().AsDuration(),
		MaxFrozen:         limits.GetMaxFrozen().AsDuration(),
	}
}

func holdFilesystemOf(member *pb.HoldFilesystem) HoldFilesystem {
	return HoldFilesystem{
		Filesystem:     filesystemOf(member.GetFilesystem()),
		State:          named[HoldFilesystemState](member.GetState()),
		FrozenTime:     timeOf(member.GetFrozenTime()),
		FrozenBoottime: member.GetFrozenBoottime().AsDuration(),
		FreezeDuration: member.GetFreezeDuration().AsDuration(),
	}
}

func holdInfoOf(hold *pb.Hold) *HoldInfo {
	return &HoldInfo{
		told:             told{hold},
		HoldID:           hold.GetHoldId(),
		Kind:             named[HoldKind](hold.GetKind()),
		State:            named[HoldState](hold.GetState()),
		Owner:            ownerOf(hold.GetOwner()),
		Purpose:          hold.GetPurpose(),
		Filesystems:      each(hold.GetFilesystems(), holdFilesystemOf),
		Effective:        effectiveOptionsOf(hold.GetEffective()),
		OpenTime:         timeOf(hold.GetOpenTime()),
		FrozenTime:       timeOf(hold.GetFrozenTime()),
		Skew:             hold.GetSkew().AsDuration(),
		ExpireTime:       timeOf(hold.GetExpireTime()),
		LingerExpireTime: timeOf(hold.GetLingerExpireTime()),
		PassedOver:       each(hold.GetPassedOver(), passedOverOf),
		Receipt:          receiptOf(hold.GetReceipt()),
	}
}

func filesystemStatusOf(status *pb.FilesystemStatus) FilesystemStatus {
	return FilesystemStatus{
		Filesystem: filesystemOf(status.GetFilesystem()),
		State:      named[FreezeState](status.GetState()),
		Certainty:  named[Certainty](status.GetCertainty()),
		HeldByThis: status.GetHeldByThis(),
		FrozenBy:   each(status.GetFrozenBy(), frozenByOf),
		Evidence:   named[StateEvidence](status.GetEvidence()),
	}
}

func holdStatusOf(status *pb.HoldStatus) *HoldStatus {
	return &HoldStatus{
		told:        told{status},
		State:       named[FreezeState](status.GetState()),
		HeldByThis:  status.GetHeldByThis(),
		Filesystems: each(status.GetFilesystems(), filesystemStatusOf),
		ExpireTime:  timeOf(status.GetExpireTime()),
	}
}

func frozenStatusOf(response *pb.IsFrozenResponse) *FrozenStatus {
	return &FrozenStatus{
		told:       told{response},
		Filesystem: filesystemOf(response.GetFilesystem()),
		State:      named[FreezeState](response.GetState()),
		Certainty:  named[Certainty](response.GetCertainty()),
		FrozenBy:   each(response.GetFrozenBy(), frozenByOf),
		Evidence:   named[StateEvidence](response.GetEvidence()),
	}
}

func filesystemInfoOf(info *pb.FilesystemInfo) *FilesystemInfo {
	return &FilesystemInfo{
		told:        told{info},
		Filesystem:  filesystemOf(info.GetFilesystem()),
		MountPoints: info.GetMountPoints(),
		Refusal:     errorDetailOf(info.GetRefusal()),
		State:       named[FreezeState](info.GetState()),
		Certainty:   named[Certainty](info.GetCertainty()),
		FrozenBy:    each(info.GetFrozenBy(), frozenByOf),
		Evidence:    named[StateEvidence](info.GetEvidence()),
	}
}

func plannedFilesystemOf(planned *pb.PlannedFilesystem) PlannedFilesystem {
	return PlannedFilesystem{
		Filesystem:  filesystemOf(planned.GetFilesystem()),
		Step:        planned.GetStep(),
		DirtyBytes:  planned.DirtyBytes,
		DeviceStack: each(planned.GetDeviceStack(), blockDeviceOf),
		State:       named[FreezeState](planned.GetState()),
		Certainty:   named[Certainty](planned.GetCertainty()),
		FrozenBy:    each(planned.GetFrozenBy(), frozenByOf),
		Refusal:     errorDetailOf(planned.GetRefusal()),
		Warnings:    planned.GetWarnings(),
	}
}

func planOf(plan *pb.Plan) *Plan {
	return &Plan{
		told:        told{plan},
		Filesystems: each(plan.GetFilesystems(), plannedFilesystemOf),
		PassedOver:  each(plan.GetPassedOver(), passedOverOf),
		Warnings:    plan.GetWarnings(),
	}
}

func forcedThawOf(forced *pb.ForcedThaw) *ForcedThaw {
	return &ForcedThaw{
		told:       told{forced},
		Filesystem: filesystemOf(forced.GetFilesystem()),
		FrozenBy:   each(forced.GetFrozenBy(), frozenByOf),
		State:      named[FreezeState](forced.GetState()),
	}
}

func progressOf(progress *pb.HoldProgress) *Progress {
	return &Progress{
		told:           told{progress},
		Filesystem:     filesystemOf(progress.GetFilesystem()),
		Phase:          named[FreezePhase](progress.GetPhase()),
		SyncPass:       progress.GetSyncPass(),
		DirtyBytesLeft: progress.DirtyBytesLeft,
		Elapsed:        progress.GetElapsed().AsDuration(),
		WaitingFor:     errorDetailOf(progress.GetWaitingFor()),
	}
}

func presyncPassOf(pass *pb.PresyncPass) PresyncPass {
	return PresyncPass{Duration: pass.GetDuration().AsDuration(), DirtyBytesLeft: pass.DirtyBytesLeft}
}

func evidenceItemOf(item *pb.EvidenceItem) EvidenceItem {
	return EvidenceItem{
		Kind:   named[EvidenceKind](item.GetKind()),
		Result: named[EvidenceResult](item.GetResult()),
		Detail: item.GetDetail(),
	}
}

func intervalOf(interval *pb.FreezeInterval) FreezeInterval {
	return FreezeInterval{
		FreezeDuration:      interval.GetFreezeDuration().AsDuration(),
		FrozenTime:          timeOf(interval.GetFrozenTime()),
		ThawedTime:          timeOf(interval.GetThawedTime()),
		FrozenBoottime:      interval.GetFrozenBoottime().AsDuration(),
		ThawedBoottime:      interval.GetThawedBoottime().AsDuration(),
		IntactUntil:         timeOf(interval.GetIntactUntil()),
		IntactUntilBoottime: interval.GetIntactUntilBoottime().AsDuration(),
		SectorsWritten:      interval.SectorsWritten,
		SectorsDiscarded:    interval.SectorsDiscarded,
		Evidence:            each(interval.GetEvidence().GetItems(), evidenceItemOf),
		Verdict:             named[Verdict](interval.GetVerdict()),
		End:                 named[IntervalEnd](interval.GetEnd()),
	}
}

func filesystemReceiptOf(receipt *pb.FilesystemReceipt) FilesystemReceipt {
	return FilesystemReceipt{
		Filesystem:    filesystemOf(receipt.GetFilesystem()),
		PresyncPasses: each(receipt.GetPresyncPasses(), presyncPassOf),
		Intervals:     each(receipt.GetIntervals(), intervalOf),
		Verdict:       named[Verdict](receipt.GetVerdict()),
	}
}

// receiptOf gives nil for one that was not said.
func receiptOf(receipt *pb.Receipt) *Receipt {
	if receipt == nil {
		return nil
	}
	return &Receipt{
		told:        told{receipt},
		HoldID:      receipt.GetHoldId(),
		Kind:        named[HoldKind](receipt.GetKind()),
		HostName:    receipt.GetHostName(),
		BootID:      receipt.GetBootId(),
		Owner:       ownerOf(receipt.GetOwner()),
		Purpose:     receipt.GetPurpose(),
		Requested:   effectiveOptionsOf(receipt.GetRequested()),
		Effective:   effectiveOptionsOf(receipt.GetEffective()),
		EndCause:    named[EndCause](receipt.GetEndCause()),
		Verdict:     named[Verdict](receipt.GetVerdict()),
		FrozenCount: receipt.GetFrozenCount(),
		ThawedCount: receipt.GetThawedCount(),
		Filesystems: each(receipt.GetFilesystems(), filesystemReceiptOf),
		PassedOver:  each(receipt.GetPassedOver(), passedOverOf),
		OpenTime:    timeOf(receipt.GetOpenTime()),
		EndTime:     timeOf(receipt.GetEndTime()),
		Failure:     errorDetailOf(receipt.GetFailure()),
		Simulated:   receipt.GetSimulated(),
	}
}
