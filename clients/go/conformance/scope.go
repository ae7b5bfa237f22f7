package main

import (
	"context"
	"errors"
	"fmt"

	"fsfreezed.dev/fsfreeze"
)

// scope runs one of the language's scope constructs, and answers when it was left.
func (d *driver) scope(ctx context.Context, client *fsfreeze.Client, c command) (ok object, err error) {
	var hold *fsfreeze.Hold
	body := func(entered *fsfreeze.Hold) error {
		hold = entered
		return d.inside(entered, c.As)
	}
	options := c.Options.forHold(d.listeners(c.As))
	defer func() {
		if panicked := recover(); panicked != nil && panicked != any(errBody) {
			panic(panicked)
		} else if panicked != nil || errors.Is(err, errBody) {
			ok, err = nil, &bodyError{hold.Receipt()}
		}
	}()
	switch c.Form {
	case "defer":
		err = withDefer(ctx, client, c.Targets.of, options, body)
	case "WithHold":
		_, err = client.WithHold(ctx, c.Targets.of, options, func(_ context.Context, hold *fsfreeze.Hold) error {
			return body(hold)
		})
	default:
		err = fmt.Errorf("no form %q", c.Form)
	}
	if err != nil {
		return nil, err
	}
	return receiptObject(hold.Receipt()), nil
}

// withDefer is the scope that a function is.
func withDefer(ctx context.Context, client *fsfreeze.Client, targets fsfreeze.Targets, options *fsfreeze.HoldOptions, body func(*fsfreeze.Hold) error) (err error) {
	hold, err := client.Hold(ctx, targets, options)
	if err != nil {
		return err
	}
	defer hold.ReleaseInto(&err)
	return body(hold)
}

// inside waits for `leave`, whatever becomes of the hold.
func (d *driver) inside(hold *fsfreeze.Hold, name string) error {
	leave := make(chan string, 1)
	d.mu.Lock()
	d.scopes[name] = leave
	d.mu.Unlock()
	d.keep(name, hold)
	d.out.event("entered", object{"scope": name, "hold": hold.Info()})
	switch how := <-leave; how {
	case "return":
		return nil
	case "throw":
		return errBody
	case "panic":
		panic(errBody)
	case "release":
		_, err := hold.Release()
		return err
	default:
		return fmt.Errorf("no way %q to leave", how)
	}
}
