package fsfreeze

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	health "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// A page of holds with their receipts is large.
const longestMessage = 64 << 20

// link is the connection of a client. It knows what is open on it, and while a stream is, it finds out
// when the service falls silent: stopped, hung, or behind a cable that was cut.
//
// gRPC has keepalive for that, but grpc-go raises its time to 10 s at least. So link asks for a sign of
// life itself, by a health check, and closes the socket that brings none. That ends all that is open on
// it, as keepalive does.
type link struct {
	conn   *grpc.ClientConn
	health health.HealthClient
	every  time.Duration // between the questions
	within time.Duration // until one without an answer is silence

	mu        sync.Mutex
	sockets   map[*socket]struct{}
	calls     int // open calls, streams included
	streams   int
	stopPulse context.CancelFunc // there while streams are open
	closed    bool
}

func newLink(to address, security credentials.TransportCredentials, every, within, connectTimeout time.Duration) (*link, error) {
	l := &link{every: every, within: within, sockets: map[*socket]struct{}{}}
	authority := to.dial
	if name := security.Info().ServerName; name != "" {
		authority = name
	} else if to.network == "unix" {
		// A path is no valid :authority.
		authority = "localhost"
	}
	conn, err := grpc.NewClient(
		// The dialer below knows where to; a path may have letters that a target may not.
		"passthrough:///fsfreezed",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.dial(ctx, to) }),
		grpc.WithTransportCredentials(security),
		grpc.WithAuthority(authority),
		grpc.WithUserAgent("fsfreeze-go/"+Version),
		grpc.WithNoProxy(),
		// A call that the service may have begun is never sent twice.
		grpc.WithDisableRetry(),
		grpc.WithDisableServiceConfig(),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(longestMessage)),
		// The service comes back within a second of a crash: be there.
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: time.Second},
			MinConnectTimeout: connectTimeout,
		}),
	)
	if err != nil {
		return nil, fmt.Errorf("fsfreeze: %w", err)
	}
	l.conn, l.health = conn, health.NewHealthClient(conn)
	return l, nil
}

// begin counts a call that is open until the returned function is called, once.
func (l *link) begin(stream bool) (end func(), err *Error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, &Error{Reason: ReasonCancelled, Code: codes.Canceled, Message: "the client is closed"}
	}
	l.calls++
	if stream {
		l.streams++
		if l.streams == 1 {
			var ctx context.Context
			ctx, l.stopPulse = context.WithCancel(context.Background())
			go l.pulse(ctx)
		}
	}
	return func() { l.end(stream) }, nil
}

func (l *link) end(stream bool) {
	l.mu.Lock()
	l.calls--
	if stream {
		l.streams--
		if l.streams == 0 {
			l.stopPulse()
		}
	}
	done := l.closed && l.calls == 0
	l.mu.Unlock()
	if done {
		l.hangUp()
	}
}

// close lets what is open go on to its end.
func (l *link) close() {
	l.mu.Lock()
	done := !l.closed && l.calls == 0
	l.closed = true
	l.mu.Unlock()
	if done {
		l.hangUp()
	}
}

// hangUp is called without the lock: closing comes back to each socket's forget.
func (l *link) hangUp() {
	// Fails only for one that is closed already.
	_ = l.conn.Close()
}

func (l *link) pulse(ctx context.Context) {
	ticker := time.NewTicker(l.every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			l.hangUpIfSilent(ctx)
		}
	}
}

// hangUpIfSilent asks for a sign of life. Any answer is one, a refusal too, and so is whatever else
// comes by the socket meanwhile.
func (l *link) hangUpIfSilent(ctx context.Context) {
	before := l.heard()
	begun := time.Now()
	ctx, cancel := context.WithTimeout(ctx, l.within)
	defer cancel()
	_, err := l.health.Check(ctx, &health.HealthCheckRequest{})
	if status.Code(err) != codes.DeadlineExceeded {
		return
	}
	// A process that was itself stopped, or had no processor, has not listened for that time.
	if time.Since(begun) > 2*l.within {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.sockets {
		if heard, known := before[s]; known && s.heard.Load() == heard {
			s.hangUp(l.within)
		}
	}
}

// heard tells what came by each socket so far.
func (l *link) heard() map[*socket]uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	heard := make(map[*socket]uint64, len(l.sockets))
	for s := range l.sockets {
		heard[s] = s.heard.Load()
	}
	return heard
}

func (l *link) dial(ctx context.Context, to address) (net.Conn, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, to.network, to.dial)
	if err != nil {
		return nil, err
	}
	s := &socket{Conn: conn}
	s.forget = func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.sockets, s)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sockets[s] = struct{}{}
	return s, nil
}

// socket counts what it brings.
type socket struct {
	net.Conn
	heard  atomic.Uint64
	silent atomic.Pointer[silence]
	forget func()
}

// silence is what reading meets on a socket that was hung up.
type silence struct{ lasted time.Duration }

func (s *silence) Error() string {
	return fmt.Sprintf("the service gave no sign of life for %v", s.lasted)
}

func (s *socket) Read(into []byte) (int, error) {
	n, err := s.Conn.Read(into)
	if n > 0 {
		s.heard.Add(1)
	}
	if silent := s.silent.Load(); err != nil && silent != nil {
		return n, silent
	}
	return n, err
}

func (s *socket) hangUp(after time.Duration) {
	s.silent.Store(&silence{after})
	// gRPC closes it once reading has failed; the error would be of no use to anybody.
	_ = s.Conn.Close()
}

func (s *socket) Close() error {
	s.forget()
	return s.Conn.Close()
}
