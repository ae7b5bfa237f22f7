// Tells whether file systems are frozen and by whom, then which holds live.
//
//	status ADDRESS TARGET...
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"fsfreezed.dev/fsfreeze"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: status ADDRESS TARGET...")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "status:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, address string, targets []string) error {
	client, err := fsfreeze.Connect(address, nil)
	if err != nil {
		return err
	}
	defer client.Close()

	// [status]
	for _, target := range targets {
		status, err := client.IsFrozen(ctx, fsfreeze.Path(target))
		if err != nil {
			return err
		}
		fmt.Print(target, ": ", status.State, " ", status.Certainty)
		for _, holder := range status.FrozenBy {
			fmt.Print(" by ", holder.Freezer)
		}
		fmt.Println()
	}
	for hold, err := range client.ListHolds(ctx) {
		if err != nil {
			return err
		}
		if hold.State != fsfreeze.HoldEnded {
			fmt.Println(hold.HoldID, hold.State, "until", hold.ExpireTime.Format(time.RFC3339))
		}
	}
	// [/status]
	return nil
}
