package fsfreeze

import (
	"sync"
	"time"
)

const (
	// Two renewals may be lost before the deadline passes.
	renewalsPerTTL = 3
	// However short the ttl, this is not a flood.
	shortestRenewal = 50 * time.Millisecond
)

// renewal renews a hold by itself, at a third of its ttl, until maxHold is over.
type renewal struct {
	maxHold time.Duration
	renew   func(ttl time.Duration) error
	// failed is told why a renewal was refused, unless renewing was stopped meanwhile.
	failed func(error)

	mu   sync.Mutex
	quit chan struct{} // there while it runs
}

// start begins anew, maxHold too. ttl is the one in effect. now: the deadline may be nearer than the
// first renewal would be, so that does not wait.
func (r *renewal) start(ttl time.Duration, now bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.halt()
	r.quit = make(chan struct{})
	go r.run(ttl, now, r.quit)
}

func (r *renewal) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.halt()
}

func (r *renewal) halt() {
	if r.quit != nil {
		close(r.quit)
		r.quit = nil
	}
}

func (r *renewal) running() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.quit != nil
}

func (r *renewal) run(ttl time.Duration, now bool, quit chan struct{}) {
	end := time.Now().Add(r.maxHold)
	ticker := time.NewTicker(max(ttl/renewalsPerTTL, shortestRenewal))
	defer ticker.Stop()
	for ; ; now = false {
		if !now {
			select {
			case <-quit:
				return
			case <-ticker.C:
			}
		}
		// Both may have been ready.
		if isClosed(quit) {
			return
		}
		ask, last := nextRenewal(ttl, time.Until(end))
		if ask > 0 {
			if err := r.renew(ask); err != nil && !isClosed(quit) {
				r.failed(err)
			}
		}
		if last {
			r.finish(quit)
			return
		}
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// finish stops this run, unless another was started meanwhile.
func (r *renewal) finish(quit chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.quit == quit {
		r.halt()
	}
}

// nextRenewal tells what to ask for when this much is left of maxHold, 0 for nothing, and whether it
// is the last time.
func nextRenewal(ttl, left time.Duration) (ask time.Duration, last bool) {
	// The last renewal ends the hold at maxHold; one that would bring the deadline nearer is none.
	if left > ttl-ttl/renewalsPerTTL {
		ask = min(ttl, left)
	}
	return ask, left <= ttl
}
