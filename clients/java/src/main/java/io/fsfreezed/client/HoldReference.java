package io.fsfreezed.client;

import java.util.Optional;

/** Names a hold to somebody who is not its owner. */
public final class HoldReference extends Model {
  private final io.fsfreezed.client.internal.pb.HoldReference pb;

  HoldReference(io.fsfreezed.client.internal.pb.HoldReference pb) {
    super(pb);
    this.pb = pb;
  }

  /** Id of the hold. */
  public String holdId() {
    return pb.getHoldId();
  }

  /** Who owns it. Empty where it is not known any more. */
  public Optional<Owner> owner() {
    return pb.hasOwner() ? Optional.of(new Owner(pb.getOwner())) : Optional.empty();
  }

  /** What its owner said it is for. May be empty. */
  public String purpose() {
    return pb.getPurpose();
  }
}
