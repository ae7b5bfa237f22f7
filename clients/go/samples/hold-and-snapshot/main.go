// Freezes a file system, runs a command that takes the snapshot, and keeps the receipt beside it.
//
//	hold-and-snapshot ADDRESS MOUNT_POINT RECEIPT COMMAND [ARG...]
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"fsfreezed.dev/fsfreeze"
)

func main() {
	if len(os.Args) < 5 {
		fmt.Fprintln(os.Stderr, "usage: hold-and-snapshot ADDRESS MOUNT_POINT RECEIPT COMMAND [ARG...]")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1], os.Args[2], os.Args[3], os.Args[4:]); err != nil {
		fmt.Fprintln(os.Stderr, "hold-and-snapshot:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, address, mountPoint, receiptFile string, command []string) error {
	// [hold]
	client, err := fsfreeze.Connect(address, nil)
	if err != nil {
		return err
	}
	defer client.Close()

	options := &fsfreeze.HoldOptions{Purpose: "snapshot"}
	receipt, err := client.WithHold(ctx, fsfreeze.Path(mountPoint), options,
		func(ctx context.Context, hold *fsfreeze.Hold) error {
			// Frozen: writers wait, the image is stable. If that ends too soon, ctx stops the command.
			snapshot := exec.CommandContext(ctx, command[0], command[1:]...)
			snapshot.Stdout, snapshot.Stderr = os.Stderr, os.Stderr
			return snapshot.Run()
		})
	// [/hold]
	if receipt != nil {
		fmt.Println(receipt.Verdict)
		if failed := keep(receipt, receiptFile); err == nil {
			err = failed
		}
	}
	return err
}

func keep(receipt *fsfreeze.Receipt, file string) error {
	// [receipt]
	text, err := json.MarshalIndent(receipt, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
	// [/receipt]
}
