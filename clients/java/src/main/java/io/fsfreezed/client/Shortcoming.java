package io.fsfreezed.client;

/**
 * A piece of proof that spoke against an intact image (CONTRADICTED), or could not be had
 * (MISSING).
 *
 * @param filesystem of which file system
 * @param evidence what was looked at, and what it showed
 */
public record Shortcoming(Filesystem filesystem, EvidenceItem evidence) {
  /** For people, e.g. {@code /srv: SECTORS_WRITTEN MISSING (loop3: queue/iostats is 0)}. */
  @Override
  public String toString() {
    String place =
        filesystem.mountPoint().isEmpty() ? filesystem.source() : filesystem.mountPoint();
    String text = place + ": " + evidence.kindName() + " " + evidence.resultName();
    return evidence.detail().isEmpty() ? text : text + " (" + evidence.detail() + ")";
  }
}
