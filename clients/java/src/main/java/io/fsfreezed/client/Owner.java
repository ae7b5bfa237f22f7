package io.fsfreezed.client;

import java.util.Optional;

/** Who owns a hold: the caller that opened it. */
public final class Owner extends Model {
  private final io.fsfreezed.client.internal.pb.Owner pb;

  Owner(io.fsfreezed.client.internal.pb.Owner pb) {
    super(pb);
    this.pb = pb;
  }

  /** By a Unix socket. */
  public Optional<UnixIdentity> unix() {
    return pb.hasUnixPeer() ? Optional.of(new UnixIdentity(pb.getUnixPeer())) : Optional.empty();
  }

  /** By a TLS client certificate. */
  public Optional<TlsIdentity> tls() {
    return pb.hasTlsPeer() ? Optional.of(new TlsIdentity(pb.getTlsPeer())) : Optional.empty();
  }

  /** Where it called from: {@code unix:}, or {@code tcp:HOST:PORT}. For people and logs only. */
  public String address() {
    return pb.getAddress();
  }
}
