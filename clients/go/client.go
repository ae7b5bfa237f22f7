package fsfreeze

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	health "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/proto"

	pb "fsfreezed.dev/fsfreeze/internal/gen/fsfreeze/v1"
)

const (
	defaultTimeout   = 10 * time.Second
	defaultKeepalive = time.Second
	// A thaw waits for lower layers that are frozen.
	thawTimeout = 60 * time.Second
	pageSize    = 100
)

// Options are for Connect. The zero value, and nil, are the defaults.
type Options struct {
	// TLS is for HOST:PORT; see TLSConfig. Nil: plain text, which a service takes on a loopback
	// address only.
	TLS *tls.Config
	// Timeout is how long a call may take beyond what it itself waits for, where its context has no
	// deadline. 0: 10 s.
	Timeout time.Duration
	// KeepaliveTime lies between two questions for a sign of life, while a hold or a watch is open, and
	// KeepaliveTimeout is how long one may stay without an answer until the connection is given up.
	// 0: 1 s each.
	KeepaliveTime, KeepaliveTimeout time.Duration
}

// TLSConfig makes a configuration for Options from PEM texts: the CA that signed the service's
// certificate (empty: the system's), and the client's certificate and key for mutual TLS (both or
// none). Set its ServerName where the certificate does not name the address's host.
func TLSConfig(ca, certificate, key []byte) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if len(ca) > 0 {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(ca) {
			return nil, errors.New("fsfreeze: the CA has no PEM certificate")
		}
	}
	if len(certificate) > 0 || len(key) > 0 {
		pair, err := tls.X509KeyPair(certificate, key)
		if err != nil {
			return nil, fmt.Errorf("fsfreeze: the client's certificate: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// Client calls a service. Its methods may be called by several goroutines at once.
//
// They fail with an [*Error]. None is ever repeated by itself. A context's deadline takes the place
// of the client's own; a call without one is given up after Options.Timeout, Freeze and Thaw after
// what they may wait for.
type Client struct {
	link    *link
	service pb.FreezeServiceClient
	timeout time.Duration
}

// Connect makes a client of the service at unix:PATH, unix:///PATH, an absolute path, or HOST:PORT.
// Nothing is sent before the first call; a connection that breaks is made anew by the next one. It
// fails for an address that is none, for TLS on a Unix socket, and for times below 0.
func Connect(address string, options *Options) (*Client, error) {
	if options == nil {
		options = &Options{}
	}
	to, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	if options.Timeout < 0 || options.KeepaliveTime < 0 || options.KeepaliveTimeout < 0 {
		return nil, errors.New("fsfreeze: a time in the options is below 0")
	}
	security := insecure.NewCredentials()
	if options.TLS != nil {
		if to.network == "unix" {
			return nil, errors.New("fsfreeze: TLS is for HOST:PORT, not for a Unix socket")
		}
		security = credentials.NewTLS(options.TLS)
	}
	timeout := orDefault(options.Timeout, defaultTimeout)
	link, err := newLink(to, security,
		orDefault(options.KeepaliveTime, defaultKeepalive),
		orDefault(options.KeepaliveTimeout, defaultKeepalive),
		timeout)
	if err != nil {
		return nil, err
	}
	return &Client{link, pb.NewFreezeServiceClient(link.conn), timeout}, nil
}

// Close lets open calls go on to their end, and takes no new ones; a hold lives on until it ends. It
// always returns nil.
func (c *Client) Close() error {
	c.link.close()
	return nil
}

// Hold freezes a set of file systems, all or none, and returns when all are frozen. They are thawed
// when the hold is released, when this process ends for any reason or falls silent for about 2 s,
// and when the deadline passes.
//
// ctx bounds the whole hold, as with sql.DB.BeginTx: when it is done, opening is given up, and an open
// hold is released at once.
func (c *Client) Hold(ctx context.Context, targets Targets, options *HoldOptions) (*Hold, error) {
	if options == nil {
		options = &HoldOptions{}
	}
	b := options.behaviour()
	return c.open(ctx, opening{
		message:     openMessage(targets, options, b),
		behaviour:   b,
		untilFrozen: !options.OpenOnly,
		timeout:     freezingTime(options.FreezeTimeout, options.Presync) + c.timeout,
	})
}

// WithHold runs body while a hold keeps the targets frozen, and returns the receipt.
//
// The body's context is that of the hold: it ends at once when the hold breaks. The hold is released
// however the body ends, by a panic too. The error is nil only if the body succeeded and the freeze
// held; where both failed, it is both, joined as by errors.Join. The receipt is there beside an error,
// too, where the service told one.
func (c *Client) WithHold(ctx context.Context, targets Targets, options *HoldOptions, body func(ctx context.Context, hold *Hold) error) (receipt *Receipt, err error) {
	hold, err := c.Hold(ctx, targets, options)
	if err != nil {
		return nil, err
	}
	defer func() {
		hold.releaseInto(&err)
		receipt = hold.Receipt()
	}()
	return nil, body(hold.Context(), hold)
}

// Resume takes a living or lingering hold over, without a gap. The stream that had it ends with
// ReasonHoldTakenOver. ctx is as for Hold.
func (c *Client) Resume(ctx context.Context, holdID, resumeToken string, options *ResumeOptions) (*Hold, error) {
	if options == nil {
		options = &ResumeOptions{}
	}
	return c.open(ctx, opening{
		message: &pb.HoldOpen{
			ResumeHoldId: holdID,
			ResumeToken:  resumeToken,
			Ttl:          durationMessage(options.TTL),
			Linger:       durationMessage(options.Linger),
		},
		behaviour: options.behaviour(),
		timeout:   c.timeout,
	})
}

// Freeze freezes a set of file systems, all or none, until Thaw or the deadline, whatever becomes of
// this process.
//
// After ReasonUnreachable or ReasonTimedOut it is not known whether it froze: call it again with the
// same RequestID, which is in the error's metadata as "request_id".
func (c *Client) Freeze(ctx context.Context, targets Targets, options *FreezeOptions) (*HoldInfo, error) {
	if options == nil {
		options = &FreezeOptions{}
	}
	message := freezeMessage(targets, options)
	if message.RequestId == "" {
		message.RequestId = newUUID()
	}
	timeout := freezingTime(options.FreezeTimeout, options.Presync) + c.timeout
	answer, err := unary(ctx, c, timeout, c.service.Freeze, message)
	if err != nil {
		return nil, err.withMetadata("request_id", message.RequestId)
	}
	return infoIn(answer, "Freeze")
}

// Thaw ends a hold, and returns the receipt if the hold held. Else it fails with ReasonFreezeBroken,
// ReasonUnproven (unless accepted), ReasonHoldEnded ... with the receipt in the error: it is thawed
// all the same.
func (c *Client) Thaw(ctx context.Context, holdID string, accept ...Tolerance) (*Receipt, error) {
	return c.thaw(ctx, &pb.ThawRequest{Subject: &pb.ThawRequest_HoldId{HoldId: holdID}}, accept)
}

// ThawTarget ends the hold by which your own Freeze froze the target; else as Thaw. It fails with
// ReasonHoldAmbiguous where there are several.
func (c *Client) ThawTarget(ctx context.Context, target Target, accept ...Tolerance) (*Receipt, error) {
	return c.thaw(ctx, &pb.ThawRequest{Subject: &pb.ThawRequest_Target{Target: target.message()}}, accept)
}

func (c *Client) thaw(ctx context.Context, message *pb.ThawRequest, accept []Tolerance) (*Receipt, error) {
	answer, err := unary(ctx, c, thawTimeout, c.service.Thaw, message)
	if err != nil {
		return nil, err
	}
	receipt := receiptOf(answer.GetReceipt())
	if receipt == nil {
		return nil, incomplete("Thaw")
	}
	if fault := receipt.fault(slices.Contains(accept, AcceptUnproven)); fault != nil {
		return nil, fault
	}
	return receipt, nil
}

// ForceThaw is for administrators: it thaws a file system that another tool froze, or that was
// unmounted while frozen.
func (c *Client) ForceThaw(ctx context.Context, target Target) (*ForcedThaw, error) {
	message := &pb.ThawRequest{Subject: &pb.ThawRequest_Target{Target: target.message()}, Force: true}
	answer, err := unary(ctx, c, thawTimeout, c.service.Thaw, message)
	if err != nil {
		return nil, err
	}
	if answer.GetForced() == nil {
		return nil, incomplete("Thaw")
	}
	return forcedThawOf(answer.GetForced()), nil
}

// Renew sets a new deadline for a hold, ttl from now; 0: the ttl in effect. The answer tells the one
// that was granted.
func (c *Client) Renew(ctx context.Context, holdID string, ttl time.Duration) (*HoldInfo, error) {
	message := &pb.RenewHoldRequest{HoldId: holdID, Ttl: durationMessage(ttl)}
	answer, err := unary(ctx, c, c.timeout, c.service.RenewHold, message)
	if err != nil {
		return nil, err
	}
	return infoIn(answer, "RenewHold")
}

// IsFrozen tells the kernel's truth about one file system or block device, whoever froze it. It never
// blocks, also on a frozen file system, and changes nothing.
func (c *Client) IsFrozen(ctx context.Context, target Target) (*FrozenStatus, error) {
	answer, err := unary(ctx, c, c.timeout, c.service.IsFrozen, &pb.IsFrozenRequest{Target: target.message()})
	if err != nil {
		return nil, err
	}
	return frozenStatusOf(answer), nil
}

// Plan tells what a hold would freeze, in which order, and what it would be refused for. It freezes
// nothing.
func (c *Client) Plan(ctx context.Context, targets Targets) (*Plan, error) {
	list, all := messagesOf(targets)
	answer, err := unary(ctx, c, c.timeout, c.service.PlanFreeze, &pb.PlanFreezeRequest{Targets: list, AllFreezable: all})
	if err != nil {
		return nil, err
	}
	if answer.GetPlan() == nil {
		return nil, incomplete("PlanFreeze")
	}
	return planOf(answer.GetPlan()), nil
}

// GetHold tells about one hold, live or ended; an ended one has its receipt.
func (c *Client) GetHold(ctx context.Context, holdID string) (*HoldInfo, error) {
	answer, err := unary(ctx, c, c.timeout, c.service.GetHold, &pb.GetHoldRequest{HoldId: holdID})
	if err != nil {
		return nil, err
	}
	return infoIn(answer, "GetHold")
}

// ListFilesystems tells of every local file system: can it be frozen, is it, by whom. It asks page by
// page, and ends after an error.
func (c *Client) ListFilesystems(ctx context.Context) iter.Seq2[*FilesystemInfo, error] {
	return pages(filesystemInfoOf, func(token string) ([]*pb.FilesystemInfo, string, *Error) {
		message := &pb.ListFilesystemsRequest{PageSize: pageSize, PageToken: token}
		page, err := unary(ctx, c, c.timeout, c.service.ListFilesystems, message)
		return page.GetFilesystems(), page.GetNextPageToken(), err
	})
}

// ListHolds tells of live holds and ended ones, newest first. It asks page by page, and ends after an
// error.
func (c *Client) ListHolds(ctx context.Context) iter.Seq2[*HoldInfo, error] {
	return pages(holdInfoOf, func(token string) ([]*pb.Hold, string, *Error) {
		page, err := unary(ctx, c, c.timeout, c.service.ListHolds, &pb.ListHoldsRequest{PageSize: pageSize, PageToken: token})
		return page.GetHolds(), page.GetNextPageToken(), err
	})
}

// Watch tells of holds: first the whole picture, then each change, until the loop over it is left, or
// ctx is done, or the connection breaks; the last two are told as an error.
func (c *Client) Watch(ctx context.Context, options *WatchOptions) iter.Seq2[WatchEvent, error] {
	if options == nil {
		options = &WatchOptions{}
	}
	return func(yield func(WatchEvent, error) bool) {
		end, closed := c.link.begin(true)
		if closed != nil {
			yield(WatchEvent{}, closed)
			return
		}
		defer end()
		callCtx, cancel := context.WithCancel(ctx)
		defer cancel()
		stream, err := c.service.WatchHolds(callCtx, &pb.WatchHoldsRequest{IncludeEnded: options.IncludeEnded})
		for err == nil {
			var message *pb.WatchHoldsResponse
			if message, err = stream.Recv(); err != nil {
				break
			}
			var event WatchEvent
			switch told := message.GetEvent().(type) {
			case *pb.WatchHoldsResponse_Hold:
				event.Hold = holdInfoOf(told.Hold)
			case *pb.WatchHoldsResponse_PictureComplete:
				event.PictureComplete = true
			default:
				continue // only a newer service tells this
			}
			if !yield(event, nil) {
				return
			}
		}
		if err == io.EOF {
			yield(WatchEvent{}, protocolError("the service ended the watch without an error"))
			return
		}
		yield(WatchEvent{}, errorOf(ctx, err))
	}
}

// HealthStatus is what a service says of its health.
type HealthStatus string

// What Health tells.
const (
	Serving        HealthStatus = "SERVING"
	NotServing     HealthStatus = "NOT_SERVING"
	HealthUnknown  HealthStatus = "UNKNOWN"
	ServiceUnknown HealthStatus = "SERVICE_UNKNOWN"
)

// FreezeService is the name to ask Client.Health for whether the service can freeze.
const FreezeService = "fsfreeze.v1.FreezeService"

// Health asks whether the service can freeze, by the name FreezeService, or whether it lives at all, by
// the empty name. A name that it does not know fails with the code NOT_FOUND.
func (c *Client) Health(ctx context.Context, name string) (HealthStatus, error) {
	answer, err := unary(ctx, c, c.timeout, c.link.health.Check, &health.HealthCheckRequest{Service: name})
	if err != nil {
		return "", err
	}
	return HealthStatus(answer.GetStatus().String()), nil
}

// unary calls with the deadline of ctx, or after timeout where that has none.
func unary[Q proto.Message, A any](ctx context.Context, c *Client, timeout time.Duration, method func(context.Context, Q, ...grpc.CallOption) (A, error), message Q) (A, *Error) {
	var none A
	if fault := sendable(message); fault != nil {
		return none, fault
	}
	end, closed := c.link.begin(false)
	if closed != nil {
		return none, closed
	}
	defer end()
	ctx, cancel := withDefaultTimeout(ctx, timeout)
	defer cancel()
	answer, err := method(ctx, message)
	if err != nil {
		return none, errorOf(ctx, err)
	}
	return answer, nil
}

func withDefaultTimeout(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	if _, has := ctx.Deadline(); has {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, timeout)
}

// sendable refuses what protobuf cannot write, which is text that is not UTF-8.
func sendable(message proto.Message) *Error {
	if _, err := proto.Marshal(message); err != nil {
		return invalidRequest(string(message.ProtoReflect().Descriptor().Name()), err.Error())
	}
	return nil
}

// pages goes through a list that is told page by page.
func pages[M, T any](of func(M) T, ask func(token string) ([]M, string, *Error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for token, more := "", true; more; more = token != "" {
			page, next, err := ask(token)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, message := range page {
				if !yield(of(message), nil) {
					return
				}
			}
			token = next
		}
	}
}

func infoIn(answer interface{ GetHold() *pb.Hold }, from string) (*HoldInfo, error) {
	if answer.GetHold() == nil {
		return nil, incomplete(from)
	}
	return holdInfoOf(answer.GetHold()), nil
}

func incomplete(from string) *Error {
	return protocolError("the service answered %s without what it is about", from)
}

// newUUID is a random one (RFC 9562, version 4).
func newUUID() string {
	var b [16]byte
	// Never fails, see crypto/rand.
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
