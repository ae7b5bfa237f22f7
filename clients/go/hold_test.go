package fsfreeze

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"
	"time"

	pb "fsfreezed.dev/fsfreeze/internal/gen/fsfreeze/v1"
)

var errBody = errors.New("of the body")

func TestScopeKeepsBothErrors(t *testing.T) {
	fake := startFake(t, &fakeService{verdict: pb.Verdict_VERDICT_UNPROVEN})
	client := fake.connect(t, nil)
	receipt, err := client.WithHold(t.Context(), Path("/srv"), nil, func(context.Context, *Hold) error { return errBody })
	if !errors.Is(err, errBody) || !errors.Is(err, ReasonUnproven) {
		t.Error(err)
	}
	if receipt == nil || receipt.Verdict != VerdictUnproven {
		t.Error(receipt)
	}
}

func TestScopeTellsWhatItsBodyOverlooked(t *testing.T) {
	fake := startFake(t, &fakeService{verdict: pb.Verdict_VERDICT_UNPROVEN})
	client := fake.connect(t, nil)
	for name, c := range map[string]struct {
		end  func(*Hold) error
		want Reason
	}{
		"result ignored":    {func(hold *Hold) error { hold.Release(); return nil }, ReasonUnproven},
		"result returned":   {func(hold *Hold) error { _, err := hold.Release(); return err }, ReasonUnproven},
		"accepted by name":  {func(hold *Hold) error { _, err := hold.Release(AcceptUnproven); return err }, ""},
		"cancelled instead": {func(hold *Hold) error { hold.Cancel(); return nil }, ReasonCancelled},
	} {
		_, err := client.WithHold(t.Context(), Path("/srv"), nil, func(_ context.Context, hold *Hold) error { return c.end(hold) })
		if told, ok := err.(*Error); ok != (c.want != "") || ok && told.Reason != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestScopeLetsThroughWhatItsBodyFailsWith(t *testing.T) {
	fake := startFake(t, &fakeService{})
	client := fake.connect(t, nil)
	_, err := client.WithHold(t.Context(), Path("/srv"), nil, func(context.Context, *Hold) error { return errBody })
	if err != errBody {
		t.Error(err)
	}
	func() {
		defer func() {
			if panicked := recover(); panicked != errBody {
				t.Error(panicked)
			}
		}()
		client.WithHold(t.Context(), Path("/srv"), nil, func(context.Context, *Hold) error { panic(errBody) })
	}()
	fake.mu.Lock()
	defer fake.mu.Unlock()
	if want := []string{"open", "release", "open", "release"}; !slices.Equal(fake.commands, want) {
		t.Error(fake.commands)
	}
}

func TestContextReleasesItsHold(t *testing.T) {
	fake := startFake(t, &fakeService{})
	client := fake.connect(t, nil)
	ctx, cancel := context.WithCancelCause(t.Context())
	hold, err := client.Hold(ctx, Path("/srv"), nil)
	if err != nil {
		t.Fatal(err)
	}
	cancel(errBody)
	eventually(t, "a receipt", func() bool { return hold.Receipt() != nil })
	if context.Cause(hold.Context()) != errBody || hold.Err() != nil {
		t.Error(context.Cause(hold.Context()), hold.Err())
	}
	_, err = hold.Release()
	var told *Error
	if !errors.As(err, &told) || told.Reason != ReasonCancelled || told.Receipt == nil || !errors.Is(err, errBody) || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestGivingUpALingeringHoldReleasesIt(t *testing.T) {
	fake := startFake(t, &fakeService{freezeAfter: -1})
	client := fake.connect(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for !fake.told("open") {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	_, err := client.Hold(ctx, Path("/srv"), &HoldOptions{Linger: time.Minute})
	if !errors.Is(err, ReasonCancelled) || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if !fake.told("release") {
		t.Error("it lingers")
	}
	late, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := client.Hold(late, Path("/srv"), nil); !errors.Is(err, ReasonTimedOut) || !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestListenerMayAskItsHold(t *testing.T) {
	fake := startFake(t, &fakeService{also: []*pb.HoldFreezeResponse{
		{Seq: 99}, // an event of tomorrow
		{Event: &pb.HoldFreezeResponse_Expiring{Expiring: &pb.HoldExpiring{}}},
	}})
	client := fake.connect(t, nil)
	opened, renewed := make(chan *Hold, 1), make(chan error, 1)
	options := &HoldOptions{ManualRenew: true, Listeners: Listeners{OnExpiring: func(time.Time) {
		_, err := (<-opened).Renew(context.Background(), 0)
		renewed <- err
	}}}
	hold, err := client.Hold(t.Context(), Path("/srv"), options)
	if err != nil {
		t.Fatal(err)
	}
	opened <- hold
	if err := <-renewed; err != nil {
		t.Error(err)
	}
}

func TestClosedClientLetsItsHoldsLive(t *testing.T) {
	fake := startFake(t, &fakeService{})
	running := runtime.NumGoroutine()
	client := fake.connect(t, nil)
	hold, err := client.Hold(t.Context(), Path("/srv"), nil)
	if err != nil {
		t.Fatal(err)
	}
	client.Close()
	if _, err := client.IsFrozen(t.Context(), Path("/srv")); !errors.Is(err, ReasonCancelled) {
		t.Error(err)
	}
	if _, err := hold.Renew(t.Context(), 0); err != nil {
		t.Error(err)
	}
	if _, err := hold.Release(); err != nil {
		t.Error(err)
	}
	eventually(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= running })
}

func TestSilenceBreaksAHold(t *testing.T) {
	fake := startFake(t, &fakeService{})
	cable := newCable(t, fake.socket)
	client, err := Connect(cable.address, &Options{KeepaliveTime: 100 * time.Millisecond, KeepaliveTimeout: 500 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	hold, err := client.Hold(t.Context(), Path("/srv"), nil)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(500 * time.Millisecond)
	if hold.Err() != nil {
		t.Fatal(hold.Err())
	}
	cable.cut()
	select {
	case <-hold.Context().Done():
	case <-time.After(5 * time.Second):
		t.Fatal("nobody noticed")
	}
	var told *Error
	if !errors.As(context.Cause(hold.Context()), &told) || told.Reason != ReasonUnreachable || told.Metadata["hold_id"] != "h-1" {
		t.Error(told)
	}
}

func TestLongFreezeIsNotSilence(t *testing.T) {
	fake := startFake(t, &fakeService{freezeAfter: 1500 * time.Millisecond})
	client := fake.connect(t, &Options{KeepaliveTime: 100 * time.Millisecond, KeepaliveTimeout: 500 * time.Millisecond})
	if _, err := client.WithHold(t.Context(), Path("/srv"), nil, func(context.Context, *Hold) error { return nil }); err != nil {
		t.Error(err)
	}
}
