package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"fsfreezed.dev/fsfreeze"
)

// command is one line of stdin. A field that is absent is the client's default.
type command struct {
	ID int64  `json:"id"`
	Do string `json:"do"`
	As string `json:"as"`

	Address            string       `json:"address"`
	TLS                *tlsFiles    `json:"tls"`
	TimeoutMs          milliseconds `json:"timeoutMs"`
	KeepaliveTimeMs    milliseconds `json:"keepaliveTimeMs"`
	KeepaliveTimeoutMs milliseconds `json:"keepaliveTimeoutMs"`

	Client         string          `json:"client"`
	Hold           string          `json:"hold"`
	HoldID         string          `json:"holdId"`
	ResumeToken    string          `json:"resumeToken"`
	Targets        targets         `json:"targets"`
	Target         json.RawMessage `json:"target"`
	Options        options         `json:"options"`
	TTLMs          milliseconds    `json:"ttlMs"`
	AcceptUnproven bool            `json:"acceptUnproven"`
	RequestID      string          `json:"requestId"`
	Form           string          `json:"form"`
	Scope          string          `json:"scope"`
	How            string          `json:"how"`
	Watch          string          `json:"watch"`
	IncludeEnded   bool            `json:"includeEnded"`
	Service        *string         `json:"service"`
	Ms             milliseconds    `json:"ms"`
}

type tlsFiles struct {
	CA          string `json:"ca"`
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
	ServerName  string `json:"serverName"`
}

type milliseconds int64

func (m milliseconds) duration() time.Duration { return time.Duration(m) * time.Millisecond }

type options struct {
	TTLMs           milliseconds `json:"ttlMs"`
	FreezeTimeoutMs milliseconds `json:"freezeTimeoutMs"`
	Purpose         string       `json:"purpose"`
	Presync         *struct {
		Mode      string       `json:"mode"`
		TimeoutMs milliseconds `json:"timeoutMs"`
	} `json:"presync"`
	Hooks *struct {
		Names     []string     `json:"names"`
		TimeoutMs milliseconds `json:"timeoutMs"`
	} `json:"hooks"`
	LingerMs       milliseconds `json:"lingerMs"`
	AutoRenew      *bool        `json:"autoRenew"`
	MaxHoldMs      milliseconds `json:"maxHoldMs"`
	AcceptUnproven bool         `json:"acceptUnproven"`
	FreezeOnOpen   *bool        `json:"freezeOnOpen"`
}

func (o options) presync() *fsfreeze.Presync {
	if o.Presync == nil {
		return nil
	}
	return &fsfreeze.Presync{Mode: fsfreeze.PresyncMode(o.Presync.Mode), Timeout: o.Presync.TimeoutMs.duration()}
}

func (o options) hooks() *fsfreeze.Hooks {
	if o.Hooks == nil {
		return nil
	}
	return &fsfreeze.Hooks{Names: o.Hooks.Names, Timeout: o.Hooks.TimeoutMs.duration()}
}

func (o options) forHold(listeners fsfreeze.Listeners) *fsfreeze.HoldOptions {
	return &fsfreeze.HoldOptions{
		TTL:            o.TTLMs.duration(),
		FreezeTimeout:  o.FreezeTimeoutMs.duration(),
		Purpose:        o.Purpose,
		Presync:        o.presync(),
		Hooks:          o.hooks(),
		Linger:         o.LingerMs.duration(),
		OpenOnly:       o.FreezeOnOpen != nil && !*o.FreezeOnOpen,
		ManualRenew:    o.AutoRenew != nil && !*o.AutoRenew,
		MaxHold:        o.MaxHoldMs.duration(),
		AcceptUnproven: o.AcceptUnproven,
		Listeners:      listeners,
	}
}

func (o options) forResume(listeners fsfreeze.Listeners) *fsfreeze.ResumeOptions {
	return &fsfreeze.ResumeOptions{
		TTL:            o.TTLMs.duration(),
		Linger:         o.LingerMs.duration(),
		ManualRenew:    o.AutoRenew != nil && !*o.AutoRenew,
		MaxHold:        o.MaxHoldMs.duration(),
		AcceptUnproven: o.AcceptUnproven,
		Listeners:      listeners,
	}
}

func (o options) forFreeze(requestID string) *fsfreeze.FreezeOptions {
	return &fsfreeze.FreezeOptions{
		TTL:           o.TTLMs.duration(),
		FreezeTimeout: o.FreezeTimeoutMs.duration(),
		Purpose:       o.Purpose,
		Presync:       o.presync(),
		Hooks:         o.hooks(),
		RequestID:     requestID,
	}
}

// targets is a list of targets, or {"allFreezable":true,"exclude":[...]}.
type targets struct{ of fsfreeze.Targets }

func (t *targets) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte("{")) {
		var all struct {
			Exclude []string `json:"exclude"`
		}
		err := json.Unmarshal(data, &all)
		t.of = fsfreeze.AllFreezable{Exclude: all.Exclude}
		return err
	}
	var items []json.RawMessage
	if err := json.Unmarshal(data, &items); err != nil {
		return err
	}
	list := fsfreeze.TargetList{}
	for _, item := range items {
		target, err := targetOf(item)
		if err != nil {
			return err
		}
		list = append(list, target)
	}
	t.of = list
	return nil
}

// targetOf takes a path, or an object.
func targetOf(data json.RawMessage) (fsfreeze.Target, error) {
	var path string
	if json.Unmarshal(data, &path) == nil {
		return fsfreeze.Path(path), nil
	}
	var fields struct {
		Path              *string `json:"path"`
		BlockDevice       *string `json:"blockDevice"`
		DeviceNumber      *string `json:"deviceNumber"`
		FilesystemUUID    *string `json:"filesystemUuid"`
		AllowSubdirectory bool    `json:"allowSubdirectory"`
		ExpectUUID        string  `json:"expectUuid"`
		ExpectDevice      *string `json:"expectDevice"`
	}
	if err := json.Unmarshal(data, &fields); err != nil {
		return fsfreeze.Target{}, err
	}
	var target fsfreeze.Target
	switch {
	case fields.Path != nil:
		target = fsfreeze.Path(*fields.Path)
	case fields.BlockDevice != nil:
		target = fsfreeze.BlockDeviceNode(*fields.BlockDevice)
	case fields.FilesystemUUID != nil:
		target = fsfreeze.FilesystemUUID(*fields.FilesystemUUID)
	case fields.DeviceNumber != nil:
		number, err := deviceOf(*fields.DeviceNumber)
		if err != nil {
			return target, err
		}
		target = fsfreeze.Device(number)
	}
	target.AllowSubdirectory = fields.AllowSubdirectory
	target.ExpectUUID = fields.ExpectUUID
	if fields.ExpectDevice != nil {
		number, err := deviceOf(*fields.ExpectDevice)
		if err != nil {
			return target, err
		}
		target.ExpectDevice = &number
	}
	return target, nil
}

// deviceOf reads "7:3".
func deviceOf(text string) (fsfreeze.DeviceNumber, error) {
	var number fsfreeze.DeviceNumber
	_, err := fmt.Sscanf(text, "%d:%d", &number.Major, &number.Minor)
	return number, err
}

func tolerance(acceptUnproven bool) []fsfreeze.Tolerance {
	if acceptUnproven {
		return []fsfreeze.Tolerance{fsfreeze.AcceptUnproven}
	}
	return nil
}
