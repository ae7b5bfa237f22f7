package io.fsfreezed.client;

import java.time.Duration;

/**
 * How the client's side of a hold behaves.
 *
 * @param autoRenew renew by itself
 * @param maxHold how long automatic renewal may keep one freeze, from frozen
 * @param timeout how long a command may take
 * @param acceptUnproven take UNPROVEN for good
 * @param listeners whom to tell
 */
record HoldBehaviour(
    boolean autoRenew,
    Duration maxHold,
    Duration timeout,
    boolean acceptUnproven,
    Listeners listeners) {}
