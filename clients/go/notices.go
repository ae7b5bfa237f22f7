package fsfreeze

import (
	"time"

	pb "fsfreezed.dev/fsfreeze/internal/gen/fsfreeze/v1"
)

// Listeners that are slower than this many notices miss the next ones.
const longestQueue = 64

// notices runs a caller's listeners one after the other, by a goroutine of its own: the stream must be
// read all the time, and a listener may ask the hold something.
type notices struct {
	listeners Listeners
	queue     chan func()
	ended     chan struct{}
}

func newNotices(listeners Listeners) *notices {
	n := &notices{listeners: listeners, queue: make(chan func(), longestQueue), ended: make(chan struct{})}
	if listeners.OnProgress != nil || listeners.OnExpiring != nil || listeners.OnRenewFailed != nil {
		go n.run()
	}
	return n
}

func (n *notices) run() {
	for {
		select {
		case notice := <-n.queue:
			notice()
		case <-n.ended:
			// What was told before the end is still news.
			for {
				select {
				case notice := <-n.queue:
					notice()
				default:
					return
				}
			}
		}
	}
}

func (n *notices) progress(progress *pb.HoldProgress) {
	if n.listeners.OnProgress != nil {
		n.post(func() { n.listeners.OnProgress(progressOf(progress)) })
	}
}

func (n *notices) expiring(deadline time.Time) {
	if n.listeners.OnExpiring != nil {
		n.post(func() { n.listeners.OnExpiring(deadline) })
	}
}

func (n *notices) renewFailed(err error) {
	if n.listeners.OnRenewFailed != nil {
		n.post(func() { n.listeners.OnRenewFailed(err) })
	}
}

func (n *notices) post(notice func()) {
	select {
	case n.queue <- notice:
	default:
	}
}

// end lets run go; it is called once.
func (n *notices) end() { close(n.ended) }
