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
	holdID, token, err := begin(ctx, address, mountPoint)
	if err != nil {
		return err
	}
	receipt, err := goOn(ctx, address, holdID, token)
	if err != nil {
		return err
	}
	fmt.Println(receipt.Verdict)
	return nil
}

// begin opens a hold and loses it.
func begin(ctx context.Context, address, mountPoint string) (holdID, token string, err error) {
	client, err := fsfreeze.Connect(address, nil)
	if err != nil {
		return "", "", err
	}
	defer client.Close()
	// [linger]
	options := &fsfreeze.HoldOptions{TTL: 30 * time.Second, Linger: 10 * time.Second}
	hold, err := client.Hold(ctx, fsfreeze.Path(mountPoint), options)
	if err != nil {
		return "", "", err
	}
	// [/linger]
	// Ends the stream without a release, as the end of the process would.
	hold.Cancel()
	return hold.ID(), hold.ResumeToken(), nil
}

// goOn is another process, in real life.
func goOn(ctx context.Context, address, holdID, token string) (receipt *fsfreeze.Receipt, err error) {
	client, err := fsfreeze.Connect(address, nil)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	// [resume]
	hold, err := client.Resume(ctx, holdID, token, nil)
	if err != nil {
		return nil, err
	}
	defer hold.ReleaseInto(&err)
	// [/resume]
	return hold.Release()
}
