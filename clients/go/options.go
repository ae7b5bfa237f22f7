package fsfreeze

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	pb "fsfreezed.dev/fsfreeze/internal/gen/fsfreeze/v1"
)

// The contract's defaults, to know how long the service may take. It decides itself.
const (
	defaultTTL            = 10 * time.Second
	defaultFreezeTimeout  = 30 * time.Second
	defaultPresyncTimeout = 60 * time.Second
)

// defaultMaxHold bounds automatic renewal.
const defaultMaxHold = 60 * time.Second

// Presync is writing back before the freeze, while the file system is still writable.
type Presync struct {
	// Mode is the service's choice where it is empty.
	Mode PresyncMode
	// Timeout is for all passes together. 0: 60 s.
	Timeout time.Duration
}

// Hooks are the operator's programs around a freeze.
type Hooks struct {
	// Names of those to run, in this order. Empty: all that the operator installed.
	Names []string
	// Timeout is for each. 0: 10 s.
	Timeout time.Duration
}

// HoldOptions are for Client.Hold. The zero value, and nil, are the defaults. The service clamps
// times to its limits and refuses negative ones (ReasonInvalidRequest).
type HoldOptions struct {
	// TTL is how long a freeze lasts from the moment that all are frozen, and from each renewal.
	// 0: 10 s.
	TTL time.Duration
	// FreezeTimeout is how long freezing may take. 0: 30 s.
	FreezeTimeout time.Duration
	// Purpose is a short text for people, at most 256 bytes: shown to whoever is refused because of
	// this hold.
	Purpose string
	// Presync is the service's choice where it is nil.
	Presync *Presync
	// Hooks are none where it is nil.
	Hooks *Hooks
	// Linger is how long the hold outlives a lost stream, for Client.Resume. 0: not at all.
	Linger time.Duration
	// OpenOnly opens without freezing: freeze later, by Hold.Freeze.
	OpenOnly bool

	// ManualRenew leaves renewing to Hold.Renew: without it the hold ends TTL after it was frozen.
	// Else the client renews each third of the TTL, for as long as the process is alive.
	ManualRenew bool
	// MaxHold is how long automatic renewal may keep one freeze. 0: 60 s, or TTL where that is longer.
	MaxHold time.Duration
	// AcceptUnproven takes VerdictUnproven for good at the release.
	AcceptUnproven bool
	// ReleaseTimeout is how long a release waits for the verdict. 0: 60 s. The service goes on thawing
	// in any case.
	ReleaseTimeout time.Duration

	Listeners
}

// ResumeOptions are for Client.Resume. The zero value, and nil, are the defaults.
type ResumeOptions struct {
	// TTL makes a new deadline, from now. 0: it stays as it is.
	TTL time.Duration
	// Linger is as in HoldOptions. 0: it stays as it was.
	Linger time.Duration

	// ManualRenew, MaxHold, AcceptUnproven and ReleaseTimeout are as in HoldOptions.
	ManualRenew    bool
	MaxHold        time.Duration
	AcceptUnproven bool
	ReleaseTimeout time.Duration

	Listeners
}

// Listeners are told while a hold lives, one call at a time and apart from the hold's own work. They
// may call its methods. One that is so slow that 64 calls wait for it misses those that follow.
type Listeners struct {
	// OnProgress is told how far freezing is, at most about 5 times a second for each file system.
	OnProgress func(*Progress)
	// OnExpiring is told that the deadline is near. With automatic renewal: MaxHold is about to end it.
	OnExpiring func(deadline time.Time)
	// OnRenewFailed is told that an automatic renewal was refused. The hold goes on to its deadline.
	OnRenewFailed func(error)
}

// FreezeOptions are for Client.Freeze. The zero value, and nil, are the defaults.
type FreezeOptions struct {
	// TTL, FreezeTimeout, Purpose, Presync and Hooks are as in HoldOptions.
	TTL           time.Duration
	FreezeTimeout time.Duration
	Purpose       string
	Presync       *Presync
	Hooks         *Hooks
	// RequestID makes a retry safe: the same id gives the same hold, never a second one. At most 128
	// bytes. Empty: a random UUID.
	RequestID string
}

// WatchOptions are for Client.Watch. The zero value, and nil, are the defaults.
type WatchOptions struct {
	// IncludeEnded begins with the ended holds that are remembered, too. Those that end later are
	// told in any case.
	IncludeEnded bool
}

// behaviour is what the client itself does about a hold.
type behaviour struct {
	autoRenew      bool
	maxHold        time.Duration
	acceptUnproven bool
	releaseTimeout time.Duration
	listeners      Listeners
}

// behaviour of a resumed hold.
func (o *ResumeOptions) behaviour() behaviour {
	return behaviour{
		autoRenew:      !o.ManualRenew,
		maxHold:        orDefault(o.MaxHold, max(defaultMaxHold, o.TTL)),
		acceptUnproven: o.AcceptUnproven,
		releaseTimeout: orDefault(o.ReleaseTimeout, thawTimeout),
		listeners:      o.Listeners,
	}
}

// behaviour is the same for a new hold as for one that is taken over.
func (o *HoldOptions) behaviour() behaviour {
	return (&ResumeOptions{
		TTL:            o.TTL,
		ManualRenew:    o.ManualRenew,
		MaxHold:        o.MaxHold,
		AcceptUnproven: o.AcceptUnproven,
		ReleaseTimeout: o.ReleaseTimeout,
		Listeners:      o.Listeners,
	}).behaviour()
}

// openMessage asks for a hold of the behaviour: with automatic renewal its first ttl must not outlast
// MaxHold.
func openMessage(targets Targets, o *HoldOptions, b behaviour) *pb.HoldOpen {
	ttl := o.TTL
	if asked := orDefault(ttl, defaultTTL); b.autoRenew && asked > b.maxHold {
		ttl = b.maxHold
	}
	list, all := messagesOf(targets)
	freezeOnOpen := !o.OpenOnly
	return &pb.HoldOpen{
		Targets:       list,
		AllFreezable:  all,
		Ttl:           durationMessage(ttl),
		FreezeTimeout: durationMessage(o.FreezeTimeout),
		Presync:       presyncMessage(o.Presync),
		FreezeOnOpen:  &freezeOnOpen,
		Linger:        durationMessage(o.Linger),
		Hooks:         hooksMessage(o.Hooks),
		Purpose:       o.Purpose,
	}
}

func freezeMessage(targets Targets, o *FreezeOptions) *pb.FreezeRequest {
	list, all := messagesOf(targets)
	return &pb.FreezeRequest{
		RequestId:     o.RequestID,
		Targets:       list,
		AllFreezable:  all,
		Ttl:           durationMessage(o.TTL),
		FreezeTimeout: durationMessage(o.FreezeTimeout),
		Presync:       presyncMessage(o.Presync),
		Hooks:         hooksMessage(o.Hooks),
		Purpose:       o.Purpose,
	}
}

// durationMessage leaves 0 out: for the contract both are the default.
func durationMessage(d time.Duration) *durationpb.Duration {
	if d == 0 {
		return nil
	}
	return durationpb.New(d)
}

func presyncMessage(p *Presync) *pb.Presync {
	if p == nil {
		return nil
	}
	// A mode that is none of the contract's stays the service's choice.
	mode := pb.PresyncMode_value["PRESYNC_MODE_"+string(p.Mode)]
	return &pb.Presync{Mode: pb.PresyncMode(mode), Timeout: durationMessage(p.Timeout)}
}

func hooksMessage(h *Hooks) *pb.Hooks {
	if h == nil {
		return nil
	}
	return &pb.Hooks{Names: h.Names, Timeout: durationMessage(h.Timeout)}
}

// freezingTime is how long freezing may take by what was asked for.
func freezingTime(freezeTimeout time.Duration, presync *Presync) time.Duration {
	presyncTime := defaultPresyncTimeout
	if presync != nil {
		presyncTime = orDefault(presync.Timeout, defaultPresyncTimeout)
		if presync.Mode == PresyncOff {
			presyncTime = 0
		}
	}
	return max(orDefault(freezeTimeout, defaultFreezeTimeout), 0) + max(presyncTime, 0)
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}
