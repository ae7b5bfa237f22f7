package io.fsfreezed.client;

/** What a {@link Watch} tells. */
public sealed interface WatchEvent {
  /**
   * A hold as it is now: one of the first picture, a new one, or one that changed or ended.
   *
   * @param hold the hold
   */
  record HoldChanged(HoldInfo hold) implements WatchEvent {}

  /** The first picture is complete; what follows are changes. Told once. */
  record PictureComplete() implements WatchEvent {}
}
