// Loses a hold's stream, as a program does that is restarted, and takes the hold over from another
// connection: the file system stays frozen, without a gap.
//
//	resume ADDRESS MOUNT_POINT
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
		fmt.Fprintln(os.Stderr, "usage: resume ADDRESS MOUNT_POINT")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "resume:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, address, mountPoint string) error {
	// [resume]
	client, err := fsfreeze.Connect(address, nil)
	if err != nil {
		return err
	}
	defer client.Close()
	options := &fsfreeze.HoldOptions{Linger: 5 * time.Second}
	first, err := client.Hold(ctx, fsfreeze.Path(mountPoint), options)
	if err != nil {
		return err
	}
	// Keep these two where the next process finds them. The token is a secret.
	id, token := first.ID(), first.ResumeToken()

	// The stream is lost; the hold waits 5 s for somebody who knows its token.
	first.Cancel()

	successor, err := fsfreeze.Connect(address, nil)
	if err != nil {
		return err
	}
	defer successor.Close()
	hold, err := successor.Resume(ctx, id, token, nil)
	if err != nil {
		return err
	}
	receipt, err := hold.Release()
	// [/resume]
	if err != nil {
		return err
	}
	fmt.Println(receipt.Verdict)
	return nil
}
