package io.fsfreezed.client;

import java.util.List;

/** Identity of a caller with a TLS client certificate, verified against the operator's CA. */
public final class TlsIdentity extends Model {
  private final io.fsfreezed.client.internal.pb.TlsIdentity pb;

  TlsIdentity(io.fsfreezed.client.internal.pb.TlsIdentity pb) {
    super(pb);
    this.pb = pb;
  }

  /** Distinguished name of the certificate's subject, as RFC 4514 writes it. */
  public String subject() {
    return pb.getSubject();
  }

  /**
   * Subject alternative names, each with its type, e.g. {@code DNS:backup.example}, {@code
   * URI:spiffe://example/b}.
   */
  public List<String> subjectAltNames() {
    return List.copyOf(pb.getSubjectAltNamesList());
  }

  /** SHA-256 of the certificate, 64 lower-case hexadecimal digits. */
  public String fingerprintSha256() {
    return pb.getFingerprintSha256();
  }
}
