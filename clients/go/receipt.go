package fsfreeze

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"

	pb "fsfreezed.dev/fsfreeze/internal/gen/fsfreeze/v1"
)

// Receipt is what a hold was and whether it held. Every hold ends with one.
//
// Its JSON is its file form, to be kept beside the snapshot: json.Marshal writes it, json.Unmarshal
// reads it.
type Receipt struct {
	told
	HoldID   string
	Kind     HoldKind
	HostName string
	// BootID is that of the host: boottimes count from this boot.
	BootID  string
	Owner   Owner
	Purpose string
	// Requested is what was asked for, Effective what was granted.
	Requested, Effective EffectiveOptions
	EndCause             EndCause
	// Verdict is the worst of the intervals', and not better than the end allows.
	Verdict Verdict
	// FrozenCount counts the file systems frozen, once for each interval, and ThawedCount those of
	// them that the service thawed.
	FrozenCount, ThawedCount uint32
	Filesystems              []FilesystemReceipt
	PassedOver               []PassedOver
	OpenTime, EndTime        time.Time
	// Failure is what ended it, where that was an error.
	Failure *ErrorDetail
	// Simulated is true where the service ran on its simulated kernel: nothing was really frozen.
	Simulated bool
}

// FilesystemReceipt is what happened to one file system of a hold.
type FilesystemReceipt struct {
	Filesystem    Filesystem
	PresyncPasses []PresyncPass
	// Intervals are each time that it was frozen by this hold.
	Intervals []FreezeInterval
	Verdict   Verdict
}

// PresyncPass is one pass of syncfs(2) before a freeze.
type PresyncPass struct {
	Duration time.Duration
	// DirtyBytesLeft is nil where the kernel does not tell.
	DirtyBytesLeft *uint64
}

// FreezeInterval is one time that a hold kept one file system frozen. Boottimes count since boot
// (CLOCK_BOOTTIME), which nobody can set.
type FreezeInterval struct {
	// FreezeDuration is how long FIFREEZE took.
	FreezeDuration                 time.Duration
	FrozenTime, ThawedTime         time.Time
	FrozenBoottime, ThawedBoottime time.Duration
	// IntactUntil is the last instant that the evidence covers: a copy complete by then is good even
	// where the verdict is VerdictNotIntact. Zero: nothing is covered.
	IntactUntil         time.Time
	IntactUntilBoottime time.Duration
	// SectorsWritten and SectorsDiscarded, of 512 bytes, while frozen. Nil where they could not be
	// counted.
	SectorsWritten, SectorsDiscarded *uint64
	Evidence                         []EvidenceItem
	// Verdict and End are empty where it has not ended.
	Verdict Verdict
	End     IntervalEnd
}

// EvidenceItem is one proof and what it showed.
type EvidenceItem struct {
	Kind   EvidenceKind
	Result EvidenceResult
	// Detail is for people, and may be empty.
	Detail string
}

// UnmarshalJSON reads the file form. Fields that only a newer version knows are left out.
func (r *Receipt) UnmarshalJSON(data []byte) error {
	message := &pb.Receipt{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(data, message); err != nil {
		return err
	}
	*r = *receiptOf(message)
	return nil
}

// Shortcoming is a piece of proof that spoke against an intact image, or could not be had.
type Shortcoming struct {
	Filesystem Filesystem
	EvidenceItem
}

// String says it for people, e.g. "/srv: SECTORS_WRITTEN MISSING (loop3: queue/iostats is 0)".
func (s Shortcoming) String() string {
	where := s.Filesystem.MountPoint
	if where == "" {
		where = s.Filesystem.Source
	}
	text := fmt.Sprintf("%s: %s %s", where, s.Kind, s.Result)
	if s.Detail != "" {
		text += " (" + s.Detail + ")"
	}
	return text
}

// Shortcomings tells why the receipt is not VerdictIntact; empty where it is.
func (r *Receipt) Shortcomings() []Shortcoming {
	var found []Shortcoming
	for _, filesystem := range r.Filesystems {
		for _, interval := range filesystem.Intervals {
			for _, item := range interval.Evidence {
				if item.Result != EvidenceHeld && item.Result != EvidenceNotNeeded {
					found = append(found, Shortcoming{filesystem.Filesystem, item})
				}
			}
		}
	}
	return found
}

// Tolerance names what is taken for good beside VerdictIntact.
type Tolerance int

// AcceptUnproven takes VerdictUnproven for good: nothing wrong was seen, but a piece of the proof is
// missing. A verdict that this version does not know counts as unproven.
const AcceptUnproven Tolerance = 1

// fault is the error that a receipt is, however its call ended; nil where the hold held.
func (r *Receipt) fault(acceptUnproven bool) *Error {
	e := &Error{
		Metadata: map[string]string{
			"hold_id": r.HoldID, "verdict": string(r.Verdict), "cause": string(r.EndCause),
		},
		Receipt: r,
	}
	switch r.Verdict {
	case VerdictIntact:
		return nil
	case VerdictNotIntact:
		e.Reason, e.Code = ReasonFreezeBroken, codes.Aborted
		e.Message = "the freeze did not hold: " + r.because(string(r.EndCause))
	case VerdictNeverFrozen:
		e.Reason, e.Code = ReasonNotFrozen, codes.FailedPrecondition
		e.Message = "the hold ended before all of it was frozen"
	default:
		// A verdict that only a newer service knows proves nothing to this client.
		if acceptUnproven {
			return nil
		}
		e.Reason, e.Code = ReasonUnproven, codes.OK
		e.Message = "nothing wrong was seen, but it is not proven: " + r.because(string(r.Verdict))
	}
	return e
}

func (r *Receipt) because(otherwise string) string {
	shortcomings := r.Shortcomings()
	if len(shortcomings) == 0 {
		return otherwise
	}
	texts := make([]string, len(shortcomings))
	for i, shortcoming := range shortcomings {
		texts[i] = shortcoming.String()
	}
	return strings.Join(texts, "; ")
}
