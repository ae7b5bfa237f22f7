package main

import (
	"context"
	"fmt"
	"iter"
	"os"
	"runtime"
	"sync"
	"time"

	"fsfreezed.dev/fsfreeze"
)

// driver keeps what the commands made, under their names.
type driver struct {
	out *mouth

	mu      sync.Mutex
	clients map[string]*fsfreeze.Client
	holds   map[string]*fsfreeze.Hold
	opening map[string]context.CancelFunc
	scopes  map[string]chan string
	watches map[string]context.CancelFunc
}

func newDriver(out *mouth) *driver {
	return &driver{
		out:     out,
		clients: map[string]*fsfreeze.Client{},
		holds:   map[string]*fsfreeze.Hold{},
		opening: map[string]context.CancelFunc{},
		scopes:  map[string]chan string{},
		watches: map[string]context.CancelFunc{},
	}
}

// do runs a command. What is done at once is done before the next command is read; what waits for the
// service does so beside the commands that follow.
func (d *driver) do(c command) {
	var ok object
	var err error
	switch c.Do {
	case "connect":
		err = d.connect(c)
	case "close":
		err = with(d, d.clients, c.client(), func(client *fsfreeze.Client) error { return client.Close() })
	case "hold.cancel":
		err = d.cancel(c)
	case "hold.check":
		err = with(d, d.holds, c.Hold, func(hold *fsfreeze.Hold) error { return hold.Err() })
	case "hold.receipt":
		err = with(d, d.holds, c.Hold, func(hold *fsfreeze.Hold) error {
			ok = object{"receipt": hold.Receipt()}
			return nil
		})
	case "hold.drop":
		// A forgotten hold is the garbage collector's, whenever that comes.
		d.out.tell(object{"id": c.ID, "error": object{"reason": "UNSUPPORTED_HERE", "message": "clean-up is not deterministic in Go"}})
		return
	case "leave":
		err = with(d, d.scopes, c.Scope, func(scope chan string) error {
			scope <- c.How
			return nil
		})
	case "watch":
		err = d.watch(c)
	case "unwatch":
		err = with(d, d.watches, c.Watch, func(stop context.CancelFunc) error {
			stop()
			return nil
		})
	case "busy":
		busy(c.Ms.duration())
	default:
		ctx := d.begin(c)
		go func() {
			ok, err := d.call(ctx, c)
			d.out.answer(c.ID, ok, err)
		}()
		return
	}
	d.out.answer(c.ID, ok, err)
}

// begin makes the context of a command. Opening a hold can be cancelled by the hold's name.
func (d *driver) begin(c command) context.Context {
	if c.Do != "hold" && c.Do != "resume" {
		return context.Background()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	d.opening[c.As] = cancel
	return ctx
}

// call runs what waits for the service.
func (d *driver) call(ctx context.Context, c command) (object, error) {
	switch c.Do {
	case "hold.freeze", "hold.thaw", "hold.renew", "hold.status", "hold.release":
		hold, err := found(d, d.holds, c.Hold)
		if err != nil {
			return nil, err
		}
		return d.callHold(ctx, hold, c)
	}
	client, err := found(d, d.clients, c.client())
	if err != nil {
		return nil, err
	}
	switch c.Do {
	case "hold", "resume":
		return d.open(ctx, client, c)
	case "scope":
		return d.scope(ctx, client, c)
	}
	return d.callClient(ctx, client, c)
}

func (d *driver) callHold(ctx context.Context, hold *fsfreeze.Hold, c command) (object, error) {
	switch c.Do {
	case "hold.freeze":
		info, err := hold.Freeze(ctx)
		return object{"hold": info}, err
	case "hold.thaw":
		holders, err := hold.Thaw(ctx)
		return object{"stillFrozenBy": list(holders)}, err
	case "hold.renew":
		deadline, err := hold.Renew(ctx, c.TTLMs.duration())
		return object{"expireTime": instant(deadline)}, err
	case "hold.status":
		status, err := hold.Status(ctx)
		if err != nil {
			return nil, err
		}
		return object{"status": status, "native": object{"state": status.State, "heldByThis": status.HeldByThis}}, nil
	default: // hold.release
		receipt, err := hold.Release(tolerance(c.AcceptUnproven)...)
		if err != nil {
			return nil, err
		}
		return receiptObject(receipt), nil
	}
}

func (d *driver) callClient(ctx context.Context, client *fsfreeze.Client, c command) (object, error) {
	switch c.Do {
	case "freeze":
		return told(holdObject)(client.Freeze(ctx, c.Targets.of, c.Options.forFreeze(c.RequestID)))
	case "thaw":
		return d.thaw(ctx, client, c)
	case "forceThaw":
		target, err := targetOf(c.Target)
		if err != nil {
			return nil, err
		}
		forced, err := client.ForceThaw(ctx, target)
		return object{"forced": forced}, err
	case "renew":
		return told(holdObject)(client.Renew(ctx, c.HoldID, c.TTLMs.duration()))
	case "isFrozen":
		target, err := targetOf(c.Target)
		if err != nil {
			return nil, err
		}
		return told(frozenObject)(client.IsFrozen(ctx, target))
	case "plan":
		plan, err := client.Plan(ctx, c.Targets.of)
		return object{"plan": plan}, err
	case "listFilesystems":
		filesystems, err := all(client.ListFilesystems(ctx))
		return object{"filesystems": filesystems}, err
	case "getHold":
		return told(holdObject)(client.GetHold(ctx, c.HoldID))
	case "listHolds":
		holds, err := all(client.ListHolds(ctx))
		return object{"holds": holds}, err
	case "health":
		service := fsfreeze.FreezeService
		if c.Service != nil {
			service = *c.Service
		}
		status, err := client.Health(ctx, service)
		return object{"status": status}, err
	}
	return nil, fmt.Errorf("no command %q", c.Do)
}

func (d *driver) connect(c command) error {
	options := &fsfreeze.Options{
		Timeout:          c.TimeoutMs.duration(),
		KeepaliveTime:    c.KeepaliveTimeMs.duration(),
		KeepaliveTimeout: c.KeepaliveTimeoutMs.duration(),
	}
	if c.TLS != nil {
		var texts [3][]byte
		for i, file := range []string{c.TLS.CA, c.TLS.Certificate, c.TLS.Key} {
			if file == "" {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			texts[i] = text
		}
		config, err := fsfreeze.TLSConfig(texts[0], texts[1], texts[2])
		if err != nil {
			return err
		}
		config.ServerName = c.TLS.ServerName
		options.TLS = config
	}
	client, err := fsfreeze.Connect(c.Address, options)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.clients[c.As] = client
	return nil
}

func (d *driver) open(ctx context.Context, client *fsfreeze.Client, c command) (object, error) {
	var hold *fsfreeze.Hold
	var err error
	if c.Do == "hold" {
		hold, err = client.Hold(ctx, c.Targets.of, c.Options.forHold(d.listeners(c.As)))
	} else {
		hold, err = client.Resume(ctx, c.HoldID, c.ResumeToken, c.Options.forResume(d.listeners(c.As)))
	}
	d.mu.Lock()
	delete(d.opening, c.As)
	d.mu.Unlock()
	if err != nil {
		return nil, err
	}
	d.keep(c.As, hold)
	return openHoldObject(hold), nil
}

// keep remembers a hold and tells when it breaks.
func (d *driver) keep(name string, hold *fsfreeze.Hold) {
	d.mu.Lock()
	d.holds[name] = hold
	d.mu.Unlock()
	context.AfterFunc(hold.Context(), func() {
		if err := hold.Err(); err != nil {
			d.out.event("broken", object{"hold": name, "error": errorObject(err)})
		}
	})
}

func (d *driver) listeners(name string) fsfreeze.Listeners {
	return fsfreeze.Listeners{
		OnProgress: func(progress *fsfreeze.Progress) {
			d.out.event("progress", object{"hold": name, "progress": progress})
		},
		OnExpiring: func(deadline time.Time) {
			d.out.event("expiring", object{"hold": name, "expireTime": instant(deadline)})
		},
		OnRenewFailed: func(err error) {
			d.out.event("renewFailed", object{"hold": name, "error": errorObject(err)})
		},
	}
}

// cancel also gives up a hold that is not open yet.
func (d *driver) cancel(c command) error {
	d.mu.Lock()
	giveUp := d.opening[c.Hold]
	d.mu.Unlock()
	if giveUp != nil {
		giveUp()
		return nil
	}
	return with(d, d.holds, c.Hold, func(hold *fsfreeze.Hold) error {
		hold.Cancel()
		return nil
	})
}

func (d *driver) thaw(ctx context.Context, client *fsfreeze.Client, c command) (object, error) {
	accept := tolerance(c.AcceptUnproven)
	if c.HoldID != "" {
		return told(receiptObject)(client.Thaw(ctx, c.HoldID, accept...))
	}
	target, err := targetOf(c.Target)
	if err != nil {
		return nil, err
	}
	return told(receiptObject)(client.ThawTarget(ctx, target, accept...))
}

func (d *driver) watch(c command) error {
	client, err := found(d, d.clients, c.client())
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	d.mu.Lock()
	d.watches[c.As] = stop
	d.mu.Unlock()
	go func() {
		ended := object{"watch": c.As}
		for event, err := range client.Watch(ctx, &fsfreeze.WatchOptions{IncludeEnded: c.IncludeEnded}) {
			switch {
			case err != nil && ctx.Err() == nil:
				ended["error"] = errorObject(err)
			case err != nil:
			case event.PictureComplete:
				d.out.event("watch", object{"watch": c.As, "pictureComplete": true})
			default:
				d.out.event("watch", object{"watch": c.As, "hold": event.Hold})
			}
		}
		d.out.event("watchEnded", ended)
	}()
	return nil
}

// busy leaves goroutines the least that a program in Go can: one processor, and that never idle.
func busy(lasting time.Duration) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for end := time.Now().Add(lasting); time.Now().Before(end); {
	}
}

// client is "c" where a command names none.
func (c command) client() string {
	if c.Client == "" {
		return "c"
	}
	return c.Client
}

func found[T any](d *driver, among map[string]T, name string) (T, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	value, ok := among[name]
	if !ok {
		return value, fmt.Errorf("nothing is named %q", name)
	}
	return value, nil
}

func with[T any](d *driver, among map[string]T, name string, act func(T) error) error {
	value, err := found(d, among, name)
	if err != nil {
		return err
	}
	return act(value)
}

// told makes an answer of what a call returned.
func told[T any](object_ func(T) object) func(T, error) (object, error) {
	return func(value T, err error) (object, error) {
		if err != nil {
			return nil, err
		}
		return object_(value), nil
	}
}

func all[T any](sequence iter.Seq2[T, error]) ([]T, error) {
	values := []T{}
	for value, err := range sequence {
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	return values, nil
}

// list is never null.
func list[T any](values []T) []T {
	if values == nil {
		return []T{}
	}
	return values
}
