package fsfreeze

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestNextRenewal(t *testing.T) {
	const ttl = 9 * time.Second
	for _, c := range []struct {
		left, ask time.Duration
		last      bool
	}{
		{50 * time.Second, ttl, false},
		{ttl + 1, ttl, false},
		{ttl, ttl, true},
		{7 * time.Second, 7 * time.Second, true},
		// Asked for 6 s before a deadline in 6 s, it would bring nothing.
		{6 * time.Second, 0, true},
		{-time.Second, 0, true},
	} {
		if ask, last := nextRenewal(ttl, c.left); ask != c.ask || last != c.last {
			t.Errorf("%v left: asks for %v, last %v", c.left, ask, last)
		}
	}
}

type tick struct{ at, ask time.Duration }

func TestRenewalEndsAtMaxHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		var ticks []tick
		r := renewal{maxHold: 20 * time.Second, renew: func(ttl time.Duration) error {
			ticks = append(ticks, tick{time.Since(begun), ttl})
			return nil
		}}
		r.start(9*time.Second, false)
		time.Sleep(time.Hour)
		synctest.Wait()
		want := []tick{
			{3 * time.Second, 9 * time.Second},
			{6 * time.Second, 9 * time.Second},
			{9 * time.Second, 9 * time.Second},
			{12 * time.Second, 8 * time.Second},
		}
		if !slices.Equal(ticks, want) {
			t.Errorf("renewed at %v", ticks)
		}
		if r.running() {
			t.Error("it still runs")
		}
	})
}

func TestStoppedRenewalTellsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := 0
		r := renewal{maxHold: time.Hour, failed: func(error) { told++ }}
		r.renew = func(time.Duration) error {
			if time.Sleep(time.Second); told == 1 {
				r.stop()
			}
			return errors.New("refused")
		}
		r.start(9*time.Second, false)
		time.Sleep(time.Minute)
		synctest.Wait()
		if told != 1 {
			t.Errorf("told %d times", told)
		}
	})
}
