//! When a hold is renewed by itself: at every third of its ttl, until `max_hold` is over.

use std::time::Duration;

/// Two renewals may be lost before the deadline passes.
const RENEWALS_PER_TTL: u32 = 3;
/// However short the ttl, this is not a flood.
const SHORTEST_PERIOD: Duration = Duration::from_millis(50);

#[derive(Clone, Copy, Debug)]
pub(crate) struct Renewal {
    ttl: Duration,
    max_hold: Duration,
}

/// What is due at a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// A renewal of this length, and more later.
    Renew(Duration),
    /// The last one: it ends the hold at `max_hold`.
    Last(Duration),
    /// Nothing any more: a renewal would bring the deadline nearer.
    Over,
}

impl Renewal {
    /// `ttl`: the one in effect. `max_hold` counts from the moment that all was frozen.
    pub(crate) fn new(ttl: Duration, max_hold: Duration) -> Self {
        Self { ttl, max_hold }
    }

    /// The time between two ticks.
    pub(crate) fn period(&self) -> Duration {
        (self.ttl / RENEWALS_PER_TTL).max(SHORTEST_PERIOD)
    }

    /// `elapsed`: since the moment that all was frozen, by a clock that nobody sets.
    pub(crate) fn due(&self, elapsed: Duration) -> Due {
        let left = self.max_hold.saturating_sub(elapsed);
        if left > self.ttl {
            Due::Renew(self.ttl)
        } else if left > self.ttl - self.ttl / RENEWALS_PER_TTL {
            Due::Last(left)
        } else {
            Due::Over
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// The deadlines that a hold gets, each with the time at which it was asked for.
    fn deadlines(ttl: Duration, max_hold: Duration) -> Vec<(Duration, Duration)> {
        let renewal = Renewal::new(ttl, max_hold);
        let mut now = Duration::ZERO;
        let mut all = vec![(now, ttl)];
        loop {
            now += renewal.period();
            match renewal.due(now) {
                Due::Renew(ttl) => all.push((now, now + ttl)),
                Due::Last(ttl) => {
                    all.push((now, now + ttl));
                    return all;
                }
                Due::Over => return all,
            }
        }
    }

    #[test]
    fn ends_at_max_hold_exactly() {
        for (ttl, max_hold) in [(9, 60), (10, 60), (3, 10), (30, 31), (10, 600)] {
            let (ttl, max_hold) = (ttl * SECOND, max_hold * SECOND);
            let all = deadlines(ttl, max_hold);
            assert!(all.iter().all(|(_, deadline)| *deadline <= max_hold));
            // What is left of a period at the end is not worth a renewal.
            assert!(all.last().unwrap().1 >= max_hold - ttl / RENEWALS_PER_TTL);
        }
        assert_eq!(
            deadlines(9 * SECOND, 60 * SECOND).last().unwrap().1,
            60 * SECOND
        );
    }

    #[test]
    fn never_brings_a_deadline_nearer() {
        for ttl in 1..40 {
            let all = deadlines(ttl * SECOND, (60 * SECOND).max(ttl * SECOND));
            assert!(all.is_sorted_by(|a, b| a.1 < b.1), "{ttl}");
        }
    }

    #[test]
    fn a_ttl_that_may_not_be_prolonged_is_not() {
        assert_eq!(deadlines(10 * SECOND, 10 * SECOND).len(), 1);
    }

    #[test]
    fn is_no_flood() {
        let renewal = Renewal::new(Duration::from_millis(3), SECOND);
        assert_eq!(renewal.period(), SHORTEST_PERIOD);
    }
}
