package io.fsfreezed.client;

import io.grpc.ChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/** TLS for HOST:PORT, with PEM files. */
public final class TlsOptions {
  final Optional<String> serverName;
  private final Optional<Path> ca;
  private final Optional<Path> certificate;
  private final Optional<Path> key;

  private TlsOptions(Builder builder) {
    ca = Optional.ofNullable(builder.ca);
    certificate = Optional.ofNullable(builder.certificate);
    key = Optional.ofNullable(builder.key);
    serverName = Optional.ofNullable(builder.serverName);
  }

  /** The system's authorities, and no certificate of one's own. */
  public static Builder builder() {
    return new Builder();
  }

  /** Reads the files; throws UncheckedIOException where that fails. */
  ChannelCredentials credentials() {
    TlsChannelCredentials.Builder credentials = TlsChannelCredentials.newBuilder();
    try {
      if (ca.isPresent()) {
        credentials.trustManager(ca.get().toFile());
      }
      if (certificate.isPresent()) {
        credentials.keyManager(certificate.get().toFile(), key.get().toFile());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return credentials.build();
  }

  /** Makes TlsOptions. */
  public static final class Builder {
    private Path ca;
    private Path certificate;
    private Path key;
    private String serverName;

    private Builder() {}

    /** The authorities that may have signed the service's certificate. */
    public Builder ca(Path ca) {
      this.ca = Objects.requireNonNull(ca);
      return this;
    }

    /**
     * The client's own certificate, for mutual TLS.
     *
     * @param certificate the certificate, and those between it and the authority
     * @param key its key as PKCS#8 ({@code BEGIN PRIVATE KEY}); {@code openssl pkcs8 -topk8
     *     -nocrypt} makes it of an older form
     */
    public Builder certificate(Path certificate, Path key) {
      this.certificate = Objects.requireNonNull(certificate);
      this.key = Objects.requireNonNull(key);
      return this;
    }

    /** The name in the service's certificate, where it is not the address's host. */
    public Builder serverName(String serverName) {
      this.serverName = Objects.requireNonNull(serverName);
      return this;
    }

    /** The options as they are now. */
    public TlsOptions build() {
      return new TlsOptions(this);
    }
  }
}
