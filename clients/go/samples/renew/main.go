// Keeps a short hold by renewing it after each piece of work, so that a renewal proves progress: a
// program that hangs is thawed when its time is over.
//
//	renew ADDRESS MOUNT_POINT
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"fsfreezed.dev/fsfreeze"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: renew ADDRESS MOUNT_POINT")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "renew:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, address, mountPoint string) (err error) {
	client, err := fsfreeze.Connect(address, nil)
	if err != nil {
		return err
	}
	defer client.Close()

	// [renew]
	options := &fsfreeze.HoldOptions{TTL: 3 * time.Second, ManualRenew: true}
	hold, err := client.Hold(ctx, fsfreeze.Path(mountPoint), options)
	if err != nil {
		return err
	}
	defer hold.ReleaseInto(&err)

	for piece := range 5 {
		if err := work(hold.Context(), piece); err != nil {
			return err
		}
		deadline, err := hold.Renew(ctx, 0)
		if err != nil {
			return err
		}
		fmt.Println("frozen until", deadline.Format(time.RFC3339Nano))
	}
	receipt, err := hold.Release()
	// [/renew]
	if err != nil {
		return err
	}
	fmt.Println(receipt.Verdict)
	return nil
}

// work stands for reading a piece of the frozen file system. It ends at once where the freeze does.
func work(ctx context.Context, _ int) error {
	select {
	case <-time.After(time.Second):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
