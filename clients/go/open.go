package fsfreeze

import (
	"context"
	"fmt"
	"time"

	pb "fsfreezed.dev/fsfreeze/internal/gen/fsfreeze/v1"
)

// A hold that would linger is released rather than left. This is how long its end is waited for.
const givingUpTime = 2 * time.Second

// opening is what it takes to open a HoldFreeze stream.
type opening struct {
	message     *pb.HoldOpen
	behaviour   behaviour
	untilFrozen bool // else it is open at `opened`
	timeout     time.Duration
}

// open returns when the hold is what was asked for. Nothing stays frozen where it fails.
func (c *Client) open(ctx context.Context, o opening) (*Hold, error) {
	if ctx.Err() != nil {
		return nil, contextError(ctx, "the context's deadline had passed", nil)
	}
	if fault := sendable(o.message); fault != nil {
		return nil, fault
	}
	endCall, closed := c.link.begin(true)
	if closed != nil {
		return nil, closed
	}
	waiting, stopWaiting := withDefaultTimeout(ctx, o.timeout)
	defer stopWaiting()
	late := "not frozen in time"
	if limit, has := waiting.Deadline(); has {
		late = fmt.Sprintf("not frozen within %v", time.Until(limit).Round(time.Millisecond))
	}

	// The call outlives the context: a release needs it. And it has no deadline: on HoldFreeze that
	// would shorten the hold.
	callCtx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	connected := context.AfterFunc(waiting, func() { cancel(nil) })
	call, err := c.service.HoldFreeze(callCtx)
	connected()
	if err != nil {
		cancel(nil)
		endCall()
		if waiting.Err() != nil {
			return nil, contextError(waiting, late, err)
		}
		return nil, errorOf(ctx, err)
	}

	hold := newHold(ctx, o, c.timeout, endCall)
	hold.stream = &stream{
		ctx: callCtx, cancel: cancel, call: call,
		event: hold.take, end: hold.finish,
		pending: map[uint64]*pendingCommand{}, ended: make(chan struct{}),
	}
	go hold.stream.read()
	hold.stream.send(&pb.HoldFreezeRequest{Command: &pb.HoldFreezeRequest_Open{Open: o.message}}, nil)
	select {
	case <-hold.ready:
		context.AfterFunc(hold.ctx, hold.abandon)
		return hold, nil
	case <-hold.stream.ended:
		if waiting.Err() != nil {
			return nil, contextError(waiting, late, hold.stream.outcome.err)
		}
		return nil, hold.stream.outcome.after()
	case <-waiting.Done():
		hold.giveUp(o.message.GetLinger() != nil || o.message.GetResumeHoldId() != "")
		return nil, contextError(waiting, late, nil)
	}
}

// giveUp ends a hold that nobody will have.
func (h *Hold) giveUp(lingers bool) {
	if lingers && h.beginEnd(released) {
		h.stream.send(releaseMessage(), nil)
		select {
		case <-h.stream.ended:
		case <-time.After(givingUpTime):
		}
	}
	h.Cancel()
}
