package main

import (
	"errors"
	"time"

	"google.golang.org/genproto/googleapis/rpc/code"

	"fsfreezed.dev/fsfreeze"
)

// errBody is what the body of a scope fails with, or panics with.
var errBody = errors.New("boom")

// bodyError carries what the body of a scope ended with, and the hold's receipt.
type bodyError struct{ receipt *fsfreeze.Receipt }

func (e *bodyError) Error() string { return errBody.Error() }

func errorObject(err error) object {
	var ofBody *bodyError
	if errors.As(err, &ofBody) {
		told := object{"reason": "BODY", "message": ofBody.Error()}
		if ofBody.receipt != nil {
			told["receipt"] = ofBody.receipt
		}
		return told
	}
	var e *fsfreeze.Error
	if !errors.As(err, &e) {
		return object{"reason": "FOREIGN", "message": err.Error()}
	}
	told := object{"reason": e.Reason, "code": code.Code(e.Code).String(), "message": e.Message, "metadata": e.Metadata}
	if e.Metadata == nil {
		told["metadata"] = object{}
	}
	if e.Receipt != nil {
		told["receipt"] = e.Receipt
	}
	return told
}

func holdObject(info *fsfreeze.HoldInfo) object {
	return object{"hold": info, "native": object{
		"holdId":  info.HoldID,
		"state":   info.State,
		"purpose": info.Purpose,
		"ttlMs":   info.Effective.TTL.Milliseconds(),
	}}
}

func openHoldObject(hold *fsfreeze.Hold) object {
	told := holdObject(hold.Info())
	told["resumeToken"] = hold.ResumeToken()
	return told
}

func receiptObject(receipt *fsfreeze.Receipt) object {
	intervals := 0
	for _, filesystem := range receipt.Filesystems {
		intervals += len(filesystem.Intervals)
	}
	return object{"receipt": receipt, "native": object{
		"holdId":      receipt.HoldID,
		"verdict":     receipt.Verdict,
		"endCause":    receipt.EndCause,
		"frozenCount": receipt.FrozenCount,
		"thawedCount": receipt.ThawedCount,
		"intervals":   intervals,
		"endTime":     instant(receipt.EndTime),
	}}
}

func frozenObject(status *fsfreeze.FrozenStatus) object {
	freezers := []fsfreeze.Freezer{}
	for _, holder := range status.FrozenBy {
		freezers = append(freezers, holder.Freezer)
	}
	native := object{"state": status.State, "frozenBy": freezers}
	if status.Certainty != "" {
		native["certainty"] = status.Certainty
	}
	return object{"status": status, "native": native}
}

// instant is RFC 3339 in UTC, or null.
func instant(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339Nano)
}
