package fsfreeze

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/codes"

	pb "fsfreezed.dev/fsfreeze/internal/gen/fsfreeze/v1"
)

// Hold keeps a set of file systems frozen until it is released, its process ends, its connection
// breaks, or its deadline passes. It is made by Client.Hold and Client.Resume.
//
//	hold, err := client.Hold(ctx, fsfreeze.Path("/srv"), nil)
//	if err != nil {
//		return err
//	}
//	defer hold.ReleaseInto(&err)
//
// Its methods may be called by several goroutines at once. Commands fail with the error that ended
// the hold once it has ended.
type Hold struct {
	stream    *stream
	behaviour behaviour
	timeout   time.Duration // of a command
	endCall   func()
	renewal   renewal
	notices   *notices

	ctx    context.Context
	cancel context.CancelCauseFunc

	// ready is closed when the hold is what was asked for. Only the stream's reader closes it.
	ready       chan struct{}
	untilFrozen bool

	mu          sync.Mutex
	info        *HoldInfo
	limits      Limits
	plan        *Plan
	resumeToken string
	expireTime  time.Time
	ending      ending
	broken      *Error
}

// ending says who on this side ended a hold.
type ending int

const (
	notEnding ending = iota
	released
	cancelled
	abandoned // the context that it was opened with is done
)

func newHold(ctx context.Context, o opening, timeout time.Duration, endCall func()) *Hold {
	h := &Hold{
		behaviour:   o.behaviour,
		timeout:     timeout,
		endCall:     endCall,
		notices:     newNotices(o.behaviour.listeners),
		ready:       make(chan struct{}),
		untilFrozen: o.untilFrozen,
	}
	h.ctx, h.cancel = context.WithCancelCause(ctx)
	h.renewal = renewal{
		maxHold: o.behaviour.maxHold,
		renew: func(ttl time.Duration) error {
			_, err := h.Renew(context.Background(), ttl)
			return err
		},
		failed: func(err error) { h.notices.renewFailed(err) },
	}
	return h
}

// ID is opaque. Give it to programs that ask about the hold.
func (h *Hold) ID() string { return h.Info().HoldID }

// Info is the hold as the service last told all of it: when it was opened, and at each freeze.
func (h *Hold) Info() *HoldInfo {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.info
}

// Limits are the operator's, that the times were clamped to.
func (h *Hold) Limits() Limits {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.limits
}

// Plan is what was to be frozen, and in which order; nil where the service does not plan, and for a
// resumed hold.
func (h *Hold) Plan() *Plan {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.plan
}

// ResumeToken is a secret that lets Client.Resume take this hold over. Empty where the service does
// not serve that.
func (h *Hold) ResumeToken() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.resumeToken
}

// ExpireTime is the deadline by the service's wall clock, with all renewals. Zero: none runs.
func (h *Hold) ExpireTime() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.expireTime
}

// Receipt is there once the hold has ended and the service could tell; else nil.
func (h *Hold) Receipt() *Receipt {
	if !isClosed(h.stream.ended) {
		return nil
	}
	return h.stream.outcome.receipt
}

// Context ends at once when the hold breaks, expires, is ended by somebody else, or its connection is
// lost: what is copied from then on is worthless. Its cause (context.Cause) is then the [*Error] that
// Err gives. It ends, too, when the hold is released, and with the context that it was opened with.
func (h *Hold) Context() context.Context { return h.ctx }

// Err is the [*Error] that broke the hold. It is nil while it holds, and where this program ended it
// before it broke.
func (h *Hold) Err() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.broken == nil {
		return nil
	}
	return h.broken
}

// Renew sets a new deadline, ttl from now (0: the ttl in effect), and returns it. It may be sooner,
// clamped by the service. It fails with ReasonFreezeBroken, ReasonFrozenTooLong, ReasonNotFrozen.
func (h *Hold) Renew(ctx context.Context, ttl time.Duration) (time.Time, error) {
	command := &pb.HoldRenewCommand{Ttl: durationMessage(ttl)}
	answer, err := request[*pb.HoldFreezeResponse_Renewed](ctx, h.stream, h.timeout,
		&pb.HoldFreezeRequest{Command: &pb.HoldFreezeRequest_Renew{Renew: command}})
	if err != nil {
		return time.Time{}, err
	}
	return timeOf(answer.Renewed.GetExpireTime()), nil
}

// Status tells what this hold holds, and what the kernel says.
func (h *Hold) Status(ctx context.Context) (*HoldStatus, error) {
	answer, err := request[*pb.HoldFreezeResponse_Status](ctx, h.stream, h.timeout,
		&pb.HoldFreezeRequest{Command: &pb.HoldFreezeRequest_Status{Status: &pb.HoldStatusCommand{}}})
	if err != nil {
		return nil, err
	}
	return holdStatusOf(answer.Status), nil
}

// Freeze freezes all file systems of the hold (again): a new interval in the receipt, with a new ttl. It
// returns when all are frozen, at once while they are. Where ctx ends it before, the freeze is
// cancelled, and nothing stays frozen by this hold.
func (h *Hold) Freeze(ctx context.Context) (*HoldInfo, error) {
	effective := h.Info().Effective
	timeout := orDefault(effective.FreezeTimeout, defaultFreezeTimeout) + h.timeout
	if effective.Presync != nil {
		timeout += effective.Presync.Timeout
	}
	answer, err := request[*pb.HoldFreezeResponse_Frozen](ctx, h.stream, timeout,
		&pb.HoldFreezeRequest{Command: &pb.HoldFreezeRequest_Freeze{Freeze: &pb.HoldFreezeCommand{}}})
	if err != nil {
		if err.Reason == ReasonCancelled || err.Reason == ReasonTimedOut {
			h.stream.send(thawMessage(), nil)
		}
		return nil, err
	}
	if answer.Frozen.GetHold() == nil {
		return h.Info(), nil
	}
	return holdInfoOf(answer.Frozen.GetHold()), nil
}

// Thaw drops this hold's part in the freeze but keeps the hold, and returns who else keeps any of it
// frozen.
func (h *Hold) Thaw(ctx context.Context) ([]FrozenBy, error) {
	h.renewal.stop()
	answer, err := request[*pb.HoldFreezeResponse_Thawed](ctx, h.stream, max(h.timeout, thawTimeout), thawMessage())
	if err != nil {
		return nil, err
	}
	return each(answer.Thawed.GetStillFrozenBy(), frozenByOf), nil
}

// Release thaws, and returns the receipt if the hold held: frozen without a gap, and unchanged, until
// now.
//
// Else it fails with ReasonFreezeBroken, ReasonUnproven (unless accepted), ReasonNotFrozen (never
// frozen), ReasonHoldExpired, ReasonHoldEnded (somebody else ended it), ReasonCancelled (its context
// did) or ReasonUnreachable, and the error has the receipt where there is one. In all of these cases it
// is thawed. It may be called again: the outcome is the same.
//
// It takes no context, as sql.Tx.Commit does: whoever was cancelled still has to thaw. It waits for the
// verdict for HoldOptions.ReleaseTimeout.
func (h *Hold) Release(accept ...Tolerance) (*Receipt, error) {
	receipt, fault := h.release(accept)
	if fault != nil {
		return nil, fault
	}
	return receipt, nil
}

func (h *Hold) release(accept []Tolerance) (*Receipt, *Error) {
	if h.beginEnd(released) {
		h.stream.send(releaseMessage(), nil)
	}
	waiting, stop := context.WithTimeout(context.Background(), h.behaviour.releaseTimeout)
	defer stop()
	select {
	case <-h.stream.ended:
	case <-waiting.Done():
		// Nobody reads this stream any more; for the service the client is gone, and it thaws as soon as
		// it can.
		late := contextError(waiting, fmt.Sprintf("no verdict within %v; the service goes on thawing", h.behaviour.releaseTimeout), nil)
		h.stream.cancel(late)
		return nil, late
	}
	o := h.stream.outcome
	if o.err != nil {
		return nil, o.err
	}
	if o.receipt == nil {
		return nil, protocolError("the stream ended without a receipt")
	}
	if fault := o.receipt.fault(h.acceptsUnproven(accept)); fault != nil {
		return nil, fault
	}
	switch h.endedBy() {
	case notEnding:
		// Ended well, but by another hand: whatever this program did after that is not covered.
		return nil, o.after()
	case abandoned:
		return nil, contextError(h.ctx, "the context's deadline passed before the release", nil).withReceipt(o.receipt)
	default:
		return o.receipt, nil
	}
}

// acceptsUnproven remembers what was accepted once: a scope's end asks again.
func (h *Hold) acceptsUnproven(accept []Tolerance) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if slices.Contains(accept, AcceptUnproven) {
		h.behaviour.acceptUnproven = true
	}
	return h.behaviour.acceptUnproven
}

// ReleaseInto is for defer, in a function with a named error result: it releases, unless that was done
// before, and joins what Release fails with to the function's own error (errors.Join), so that neither
// is lost. It does nothing after Cancel. A panic goes on after it.
func (h *Hold) ReleaseInto(err *error) {
	if h.endedBy() == cancelled {
		<-h.stream.ended
		return
	}
	h.releaseInto(err)
}

func (h *Hold) releaseInto(err *error) {
	_, fault := h.release(nil)
	var own *Error
	switch {
	case fault == nil:
	case *err == nil:
		*err = fault
	case errors.As(*err, &own) && own.Reason == fault.Reason && own.Receipt == fault.Receipt:
		// It is what the function has returned already.
	default:
		*err = errors.Join(*err, fault)
	}
}

// Cancel ends the stream at once without a verdict (EndClientGone): the service thaws, or lets the
// hold linger where that was asked for.
func (h *Hold) Cancel() {
	h.beginEnd(cancelled)
	h.stream.cancel(nil)
}

// abandon releases a hold whose context is done, unless something else had ended the hold.
func (h *Hold) abandon() {
	if h.Err() == nil && h.beginEnd(abandoned) {
		h.stream.send(releaseMessage(), nil)
	}
}

// beginEnd tells whether this is the first end of a living hold.
func (h *Hold) beginEnd(by ending) bool {
	h.mu.Lock()
	first := h.ending == notEnding && !isClosed(h.stream.ended)
	if first {
		h.ending = by
	}
	h.mu.Unlock()
	h.renewal.stop()
	h.cancel(nil)
	return first
}

func (h *Hold) endedBy() ending {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ending
}

// take is told each event of the stream, by its reader.
func (h *Hold) take(message *pb.HoldFreezeResponse) {
	switch event := message.GetEvent().(type) {
	case *pb.HoldFreezeResponse_Opened:
		h.takeOpened(event.Opened)
	case *pb.HoldFreezeResponse_Progress:
		h.notices.progress(event.Progress)
	case *pb.HoldFreezeResponse_Frozen:
		if hold := event.Frozen.GetHold(); hold != nil {
			h.takeInfo(hold)
		}
		// One that was taken over is renewed since it was opened.
		if !h.renewal.running() {
			h.startRenewal(false)
		}
		h.readyNow()
	case *pb.HoldFreezeResponse_Renewed:
		h.takeExpireTime(timeOf(event.Renewed.GetExpireTime()))
	case *pb.HoldFreezeResponse_Thawed:
		h.renewal.stop()
		h.takeExpireTime(time.Time{})
	case *pb.HoldFreezeResponse_Expiring:
		// With renewal under way this is no news.
		if !h.renewal.running() {
			h.notices.expiring(timeOf(event.Expiring.GetExpireTime()))
		}
	case *pb.HoldFreezeResponse_Broken:
		h.breakBy(h.brokenError(event.Broken))
	}
	// The rest are answers, which the stream gives to whoever asked; `ended`, which the stream's end
	// follows; and what only a newer service says.
}

func (h *Hold) takeOpened(opened *pb.HoldOpened) {
	if opened.GetHold() == nil {
		h.stream.cancel(protocolError("the service opened a hold without saying which"))
		return
	}
	h.mu.Lock()
	h.limits = limitsOf(opened.GetLimits())
	h.resumeToken = opened.GetResumeToken()
	if opened.GetPlan() != nil {
		h.plan = planOf(opened.GetPlan())
	}
	h.mu.Unlock()
	h.takeInfo(opened.GetHold())
	// One that was taken over may be frozen already, and shortly before its deadline.
	if h.Info().State == HoldFrozen {
		h.startRenewal(true)
	}
	if !h.untilFrozen {
		h.readyNow()
	}
}

func (h *Hold) readyNow() {
	if !isClosed(h.ready) {
		close(h.ready)
	}
}

func (h *Hold) takeInfo(hold *pb.Hold) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.info = holdInfoOf(hold)
	h.expireTime = h.info.ExpireTime
}

func (h *Hold) takeExpireTime(deadline time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.expireTime = deadline
}

// startRenewal holds the lock, so that an end that begins meanwhile stops what is started here.
func (h *Hold) startRenewal(now bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.behaviour.autoRenew && h.ending == notEnding && h.info != nil && h.info.Effective.TTL > 0 {
		h.renewal.start(h.info.Effective.TTL, now)
	}
}

// finish is told the end of the stream, by its reader.
func (h *Hold) finish(o outcome) outcome {
	if info := h.Info(); info != nil && o.err != nil && o.err.Reason == ReasonUnreachable {
		o.err = o.err.withMetadata("hold_id", info.HoldID)
		o.err.Message = fmt.Sprintf("the service was lost (%s); once it is back, GetHold of %s tells the receipt", o.err.Message, info.HoldID)
	}
	h.takeExpireTime(time.Time{})
	h.breakBy(o.after())
	h.cancel(nil)
	h.notices.end()
	h.endCall()
	return o
}

// breakBy does nothing where this program ended the hold before.
func (h *Hold) breakBy(err *Error) {
	h.renewal.stop()
	h.mu.Lock()
	first := h.ending == notEnding && h.broken == nil
	if first {
		h.broken = err
	}
	h.mu.Unlock()
	if first {
		h.cancel(err)
	}
}

func (h *Hold) brokenError(broken *pb.HoldBroken) *Error {
	cause := named[EndCause](broken.GetCause())
	path := filesystemOf(broken.GetFilesystem()).MountPoint
	what := "broke (" + string(cause) + ")"
	switch cause {
	case EndForeignThaw:
		what = "was thawed by somebody else"
	case EndDeviceFailed:
		what = "lost its device"
	}
	metadata := map[string]string{"cause": string(cause), "path": path}
	if info := h.Info(); info != nil {
		metadata["hold_id"] = info.HoldID
	}
	return &Error{
		Reason:   ReasonFreezeBroken,
		Code:     codes.Aborted,
		Message:  fmt.Sprintf("%s %s while it was held", path, what),
		Metadata: metadata,
	}
}

func releaseMessage() *pb.HoldFreezeRequest {
	return &pb.HoldFreezeRequest{Command: &pb.HoldFreezeRequest_Release{Release: &pb.HoldReleaseCommand{}}}
}

func thawMessage() *pb.HoldFreezeRequest {
	return &pb.HoldFreezeRequest{Command: &pb.HoldFreezeRequest_Thaw{Thaw: &pb.HoldThawCommand{}}}
}
