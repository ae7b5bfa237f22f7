package fsfreeze

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "fsfreezed.dev/fsfreeze/internal/gen/fsfreeze/v1"
)

// errorDomain is that of the contract's google.rpc.ErrorInfo.
const errorDomain = "fsfreeze.v1"

// Error is what every call of this package fails with.
//
//	errors.Is(err, fsfreeze.ReasonUnproven)     // asks for the reason
//	var e *fsfreeze.Error; errors.As(err, &e)   // gives the rest
//
// Where a context ended the call, errors.Is also finds context.Canceled, context.DeadlineExceeded,
// or the cause that the context was cancelled with.
type Error struct {
	// Reason is what to branch on.
	Reason Reason
	// Code is the gRPC status. OK where the call itself succeeded (ReasonUnproven).
	Code codes.Code
	// Message is for people, in English, and may change at any time.
	Message string
	// Metadata has every variable part, by the keys that the reason names. May be nil.
	Metadata map[string]string
	// Receipt of the hold that this error is about; nil where the service sent none.
	Receipt *Receipt

	cause error
}

// Error gives the reason and the message.
func (e *Error) Error() string { return fmt.Sprintf("%s: %s", e.Reason, e.Message) }

// Unwrap gives what the error was made from: a gRPC status, the end of a context, or nil.
func (e *Error) Unwrap() error { return e.cause }

// Is tells whether target is this error's Reason.
func (e *Error) Is(target error) bool {
	reason, ok := target.(Reason)
	return ok && reason == e.Reason
}

// withReceipt is the same error with the receipt that came beside it.
func (e *Error) withReceipt(receipt *Receipt) *Error {
	if receipt == nil || e.Receipt != nil {
		return e
	}
	with := *e
	with.Receipt = receipt
	return &with
}

// withMetadata is the same error with one more variable part.
func (e *Error) withMetadata(key, value string) *Error {
	with := *e
	with.Metadata = maps.Clone(e.Metadata)
	if with.Metadata == nil {
		with.Metadata = map[string]string{}
	}
	with.Metadata[key] = value
	return &with
}

// errorOf gives the error of a call that ran with ctx.
func errorOf(ctx context.Context, err error) *Error {
	told := status.Convert(err)
	e := &Error{Code: told.Code(), Message: told.Message(), cause: err}
	for _, detail := range told.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			if detail.GetDomain() == errorDomain && e.Reason == "" {
				e.Reason, e.Metadata = Reason(detail.GetReason()), detail.GetMetadata()
			}
		case *pb.Receipt:
			e.Receipt = receiptOf(detail)
		}
	}
	if e.Reason != "" {
		return e
	}
	if ctx.Err() != nil && (e.Code == codes.Canceled || e.Code == codes.DeadlineExceeded) {
		return contextError(ctx, "no answer in time", err)
	}
	switch e.Code {
	// Who cancelled it himself was told above: this is a service that broke the call off.
	case codes.Unavailable, codes.Canceled:
		e.Reason = ReasonUnreachable
	case codes.DeadlineExceeded:
		e.Reason = ReasonTimedOut
	default:
		e.Reason = ReasonProtocol
	}
	return e
}

// contextError is the error of what ended because ctx did. late is the message where that was for
// its deadline; beside says what else was seen, and may be nil.
func contextError(ctx context.Context, late string, beside error) *Error {
	cause := errors.Join(ctx.Err(), beside)
	if why := context.Cause(ctx); why != ctx.Err() {
		cause = errors.Join(cause, why)
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &Error{Reason: ReasonTimedOut, Code: codes.DeadlineExceeded, Message: late, cause: cause}
	}
	return &Error{Reason: ReasonCancelled, Code: codes.Canceled, Message: "cancelled by its caller", cause: cause}
}

func protocolError(format string, args ...any) *Error {
	return &Error{Reason: ReasonProtocol, Code: codes.Internal, Message: fmt.Sprintf(format, args...)}
}

func invalidRequest(field, violation string) *Error {
	return &Error{
		Reason:   ReasonInvalidRequest,
		Code:     codes.InvalidArgument,
		Message:  field + ": " + violation,
		Metadata: map[string]string{"field": field, "violation": violation},
	}
}
