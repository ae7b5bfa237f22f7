package fsfreeze

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	pb "fsfreezed.dev/fsfreeze/internal/gen/fsfreeze/v1"
)

func TestVerdicts(t *testing.T) {
	for verdict, want := range map[Verdict]Reason{
		VerdictIntact:      "",
		VerdictNotIntact:   ReasonFreezeBroken,
		VerdictNeverFrozen: ReasonNotFrozen,
		VerdictUnproven:    ReasonUnproven,
		"UNKNOWN_17":       ReasonUnproven,
		"":                 ReasonUnproven,
	} {
		receipt := &Receipt{Verdict: verdict}
		for _, accept := range []bool{false, true} {
			wanted := want
			if accept && want == ReasonUnproven {
				wanted = ""
			}
			fault := receipt.fault(accept)
			if wanted == "" && fault == nil {
				continue
			}
			if fault == nil || !errors.Is(fault, wanted) || fault.Receipt != receipt {
				t.Errorf("%q, accepted %v: %v", verdict, accept, fault)
			}
		}
	}
}

func TestUnprovenSaysWhatIsMissing(t *testing.T) {
	receipt := &Receipt{Verdict: VerdictUnproven, Filesystems: []FilesystemReceipt{{
		Filesystem: Filesystem{MountPoint: "/srv"},
		Intervals: []FreezeInterval{{Evidence: []EvidenceItem{
			{EvidenceFrozenState, EvidenceHeld, ""},
			{EvidenceSectorsWritten, EvidenceMissing, "loop3: queue/iostats is 0"},
		}}},
	}}}
	const want = "/srv: SECTORS_WRITTEN MISSING (loop3: queue/iostats is 0)"
	if fault := receipt.fault(false); !strings.HasSuffix(fault.Message, want) {
		t.Error(fault)
	}
}

func TestReceiptFile(t *testing.T) {
	const file = `{
		"holdId": "h-1", "verdict": "VERDICT_INTACT", "endCause": 17, "openTime": "2026-01-02T03:04:05.678901234Z",
		"effective": {"ttl": "1.5s"}, "owner": {"unixPeer": {"uid": 0}},
		"filesystems": [{"intervals": [{"sectorsWritten": "0"}]}], "ofTomorrow": true}`
	var receipt Receipt
	if err := json.Unmarshal([]byte(file), &receipt); err != nil {
		t.Fatal(err)
	}
	if receipt.Verdict != VerdictIntact || receipt.EndCause != "UNKNOWN_17" || receipt.Effective.TTL != 1500*time.Millisecond {
		t.Errorf("%+v", receipt)
	}
	if !receipt.OpenTime.Equal(time.Date(2026, 1, 2, 3, 4, 5, 678901234, time.UTC)) || !receipt.EndTime.IsZero() {
		t.Error(receipt.OpenTime, receipt.EndTime)
	}
	if unix := receipt.Owner.Unix; unix.UID == nil || *unix.UID != 0 || unix.GID != nil {
		t.Errorf("%+v", unix)
	}
	if interval := receipt.Filesystems[0].Intervals[0]; *interval.SectorsWritten != 0 || interval.SectorsDiscarded != nil {
		t.Errorf("%+v", interval)
	}
	text, err := json.Marshal(receipt)
	if err != nil || !strings.Contains(string(text), `"endCause":17`) || !strings.Contains(string(text), `"ttl":"1.500s"`) {
		t.Error(string(text), err)
	}
	if text, err := json.Marshal(Receipt{}); err == nil {
		t.Errorf("made by hand: %s", text)
	}
}

func TestFreezingTime(t *testing.T) {
	for want, got := range map[time.Duration]time.Duration{
		90 * time.Second:  freezingTime(0, nil),
		30 * time.Second:  freezingTime(0, &Presync{Mode: PresyncOff}),
		65 * time.Second:  freezingTime(5*time.Second, nil),
		7 * time.Second:   freezingTime(5*time.Second, &Presync{Timeout: 2 * time.Second}),
		120 * time.Second: freezingTime(time.Minute, &Presync{Mode: PresyncUntilCalm}),
	} {
		if got != want {
			t.Errorf("%v, not %v", got, want)
		}
	}
}

func TestFirstTTLStaysWithinMaxHold(t *testing.T) {
	for _, c := range []struct {
		options HoldOptions
		want    time.Duration
	}{
		{HoldOptions{}, 0},
		{HoldOptions{TTL: 90 * time.Second}, 90 * time.Second},
		{HoldOptions{TTL: 90 * time.Second, MaxHold: 20 * time.Second}, 20 * time.Second},
		{HoldOptions{MaxHold: 5 * time.Second}, 5 * time.Second},
		{HoldOptions{TTL: 90 * time.Second, MaxHold: 20 * time.Second, ManualRenew: true}, 90 * time.Second},
		{HoldOptions{TTL: -1}, -1},
	} {
		message := openMessage(Path("/srv"), &c.options, c.options.behaviour())
		if got := message.GetTtl().AsDuration(); got != c.want {
			t.Errorf("%+v: asks for %v", c.options, got)
		}
	}
}

func TestTargetsMessages(t *testing.T) {
	target := Path("/srv")
	target.ExpectDevice = &DeviceNumber{7, 3}
	list, all := messagesOf(TargetList{target, BlockDeviceNode("/dev/sdb1"), Device(DeviceNumber{0, 42}), FilesystemUUID("u")})
	if all != nil || len(list) != 4 || list[0].GetPath() != "/srv" || list[0].GetExpectDevice().GetMinor() != 3 ||
		list[1].GetBlockDevice() != "/dev/sdb1" || list[2].GetDeviceNumber().GetMinor() != 42 || list[3].GetFilesystemUuid() != "u" {
		t.Error(list, all)
	}
	if list, all := messagesOf(AllFreezable{Exclude: []string{"/mnt/**"}}); list != nil || all.GetExcludePatterns()[0] != "/mnt/**" {
		t.Error(list, all)
	}
	if fault := sendable(&pb.IsFrozenRequest{Target: Path("/\xff").message()}); !errors.Is(fault, ReasonInvalidRequest) {
		t.Error(fault)
	}
}
