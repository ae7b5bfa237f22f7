package fsfreeze

import (
	"context"
	"io"
	"net"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	health "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	pb "fsfreezed.dev/fsfreeze/internal/gen/fsfreeze/v1"
)

// fakeService opens every hold and remembers what it was told.
type fakeService struct {
	pb.UnimplementedFreezeServiceServer
	health.UnimplementedHealthServer
	socket string

	// What it does about a hold; set before it is used.
	freezeAfter time.Duration // negative: never
	verdict     pb.Verdict
	also        []*pb.HoldFreezeResponse // said once it is frozen

	mu       sync.Mutex
	commands []string // of all holds, and "gone" for a stream that was cancelled
}

func startFake(t *testing.T, fake *fakeService) *fakeService {
	t.Helper()
	fake.socket = filepath.Join(t.TempDir(), "s")
	if fake.verdict == 0 {
		fake.verdict = pb.Verdict_VERDICT_INTACT
	}
	listener, err := net.Listen("unix", fake.socket)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	pb.RegisterFreezeServiceServer(server, fake)
	health.RegisterHealthServer(server, fake)
	go server.Serve(listener)
	t.Cleanup(server.Stop)
	return fake
}

func (f *fakeService) connect(t *testing.T, options *Options) *Client {
	t.Helper()
	client, err := Connect(f.socket, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func (f *fakeService) note(command string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.commands = append(f.commands, command)
}

func (f *fakeService) told(command string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Contains(f.commands, command)
}

func (f *fakeService) Check(context.Context, *health.HealthCheckRequest) (*health.HealthCheckResponse, error) {
	return &health.HealthCheckResponse{Status: health.HealthCheckResponse_SERVING}, nil
}

func (f *fakeService) HoldFreeze(stream grpc.BidiStreamingServer[pb.HoldFreezeRequest, pb.HoldFreezeResponse]) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	f.note("open")
	hold := &pb.Hold{HoldId: "h-1", State: pb.HoldState_HOLD_STATE_FREEZING, Effective: &pb.HoldOptions{Ttl: first.GetOpen().GetTtl()}}
	if hold.Effective.Ttl == nil {
		hold.Effective.Ttl = durationpb.New(10 * time.Second)
	}
	stream.Send(&pb.HoldFreezeResponse{Seq: first.Seq, Event: &pb.HoldFreezeResponse_Opened{Opened: &pb.HoldOpened{Hold: hold}}})
	if f.freezeAfter >= 0 {
		time.Sleep(f.freezeAfter)
		stream.Send(&pb.HoldFreezeResponse{Seq: first.Seq, Event: &pb.HoldFreezeResponse_Frozen{Frozen: &pb.HoldFrozen{}}})
		for _, message := range f.also {
			stream.Send(message)
		}
	}
	for {
		message, err := stream.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			f.note("gone")
			return err
		}
		switch message.GetCommand().(type) {
		case *pb.HoldFreezeRequest_Release:
			f.note("release")
			return f.end(stream)
		case *pb.HoldFreezeRequest_Renew:
			f.note("renew")
			stream.Send(&pb.HoldFreezeResponse{Seq: message.Seq, Event: &pb.HoldFreezeResponse_Renewed{Renewed: &pb.HoldRenewed{}}})
		}
	}
}

func (f *fakeService) end(stream grpc.BidiStreamingServer[pb.HoldFreezeRequest, pb.HoldFreezeResponse]) error {
	receipt := &pb.Receipt{HoldId: "h-1", Verdict: f.verdict, EndCause: pb.EndCause_END_CAUSE_RELEASED}
	stream.Send(&pb.HoldFreezeResponse{Event: &pb.HoldFreezeResponse_Ended{Ended: &pb.HoldEnded{Receipt: receipt}}})
	if f.verdict == pb.Verdict_VERDICT_NOT_INTACT {
		return status.Error(codes.Aborted, "it did not hold")
	}
	return nil
}

// eventually waits for what another goroutine does.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatal("never: " + what)
}

// cable passes bytes on until it is cut: then both ends stay open, and nothing comes any more.
type cable struct {
	address string
	cut     func()
}

func newCable(t *testing.T, to string) cable {
	t.Helper()
	path := to + ".cable"
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	cut := make(chan struct{})
	pass := func(from, into net.Conn) {
		buffer := make([]byte, 4096)
		for {
			n, err := from.Read(buffer)
			select {
			case <-cut:
				continue
			default:
			}
			if err != nil {
				into.Close()
				return
			}
			into.Write(buffer[:n])
		}
	}
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("unix", to)
			if err != nil {
				return
			}
			t.Cleanup(func() { near.Close(); far.Close() })
			go pass(near, far)
			go pass(far, near)
		}
	}()
	return cable{path, func() { close(cut) }}
}
