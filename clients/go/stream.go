package fsfreeze

import (
	"context"
	"io"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	pb "fsfreezed.dev/fsfreeze/internal/gen/fsfreeze/v1"
)

type holdCall = grpc.BidiStreamingClient[pb.HoldFreezeRequest, pb.HoldFreezeResponse]

// outcome is how a stream ended. err is nil for status OK; the receipt is there where `ended` or the
// status brought one.
type outcome struct {
	err     *Error
	receipt *Receipt
}

// after is what a command meets when the hold has ended so.
func (o outcome) after() *Error {
	if o.err != nil {
		return o.err
	}
	return &Error{
		Reason:  ReasonHoldEnded,
		Code:    codes.FailedPrecondition,
		Message: "the hold has ended",
		Receipt: o.receipt,
	}
}

// stream is one HoldFreeze call: commands and their answers by number, events as they come, and one
// end. It is read all the time, by a goroutine of its own.
type stream struct {
	ctx    context.Context // of the call
	cancel context.CancelCauseFunc
	call   holdCall
	// event is told each event, and end the outcome after the last one; both before anybody who waits
	// for them. end may replace the error by one that says more.
	event func(*pb.HoldFreezeResponse)
	end   func(outcome) outcome

	// sending keeps the numbers in their order, and gRPC wants one sender at a time.
	sending sync.Mutex
	lastSeq uint64

	mu      sync.Mutex
	pending map[uint64]*pendingCommand
	receipt *Receipt

	ended   chan struct{} // closed at the end; then outcome is there
	outcome outcome
}

type pendingCommand struct {
	expected func(event any) bool
	answer   chan *pb.HoldFreezeResponse
}

// read goes on until the stream ends.
func (s *stream) read() {
	for {
		message, err := s.call.Recv()
		if err != nil {
			s.finish(err)
			return
		}
		s.take(message)
	}
}

func (s *stream) take(message *pb.HoldFreezeResponse) {
	if ended := message.GetEnded(); ended != nil {
		s.mu.Lock()
		s.receipt = receiptOf(ended.GetReceipt())
		s.mu.Unlock()
	}
	// First, so that whoever waits for the answer sees a hold that knows of it.
	s.event(message)
	s.mu.Lock()
	defer s.mu.Unlock()
	command := s.pending[message.GetSeq()]
	if command == nil {
		return
	}
	if message.GetFailed() != nil || command.expected(message.GetEvent()) {
		delete(s.pending, message.GetSeq())
		command.answer <- message
	}
}

func (s *stream) finish(err error) {
	var o outcome
	if err != io.EOF {
		o.err = errorOf(s.ctx, err)
		// The client itself broke it off, and says why.
		if why, ok := context.Cause(s.ctx).(*Error); ok && o.err.Reason == ReasonCancelled {
			o.err = why
		}
	}
	o.receipt = s.receipt
	if o.err != nil {
		o.err = o.err.withReceipt(o.receipt)
		o.receipt = o.err.Receipt
	}
	s.outcome = s.end(o)
	close(s.ended)
	// Frees what gRPC keeps for the call.
	s.cancel(nil)
}

// send sends a command; answered is where its answer goes, or nil where nobody waits for one. Where
// it cannot be sent, the stream has ended, and whoever reads it is told.
func (s *stream) send(message *pb.HoldFreezeRequest, answered *pendingCommand) uint64 {
	s.sending.Lock()
	defer s.sending.Unlock()
	s.lastSeq++
	message.Seq = s.lastSeq
	if answered != nil {
		s.mu.Lock()
		s.pending[message.Seq] = answered
		s.mu.Unlock()
	}
	_ = s.call.Send(message)
	return message.Seq
}

// request sends a command and returns its answer, an event of type E. It fails when the command is
// refused, the stream ends, ctx is done, or after timeout where ctx has no deadline.
func request[E any](ctx context.Context, s *stream, timeout time.Duration, message *pb.HoldFreezeRequest) (E, *Error) {
	var none E
	ctx, cancel := withDefaultTimeout(ctx, timeout)
	defer cancel()
	command := &pendingCommand{
		expected: func(event any) bool { _, is := event.(E); return is },
		answer:   make(chan *pb.HoldFreezeResponse, 1),
	}
	seq := s.send(message, command)
	select {
	case answer := <-command.answer:
		return answerOf[E](answer)
	case <-s.ended:
		// The answer may have come just before.
		select {
		case answer := <-command.answer:
			return answerOf[E](answer)
		default:
			return none, s.outcome.after()
		}
	case <-ctx.Done():
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.pending, seq)
		return none, contextError(ctx, "the hold did not answer in time", nil)
	}
}

func answerOf[E any](answer *pb.HoldFreezeResponse) (E, *Error) {
	if failed := answer.GetFailed(); failed != nil {
		var none E
		return none, &Error{
			Reason:   named[Reason](failed.GetReason()),
			Code:     codes.FailedPrecondition,
			Message:  failed.GetMessage(),
			Metadata: failed.GetMetadata(),
		}
	}
	// take has compared the type.
	return answer.GetEvent().(E), nil
}
