package io.fsfreezed.client;

/** What the health protocol of gRPC says of a service. */
public enum HealthStatus {
  /** Not known, or something that only a newer service says. */
  UNKNOWN,
  /** It serves: it can freeze. */
  SERVING,
  /** It lives, but cannot freeze: without the privilege, or without the process that freezes. */
  NOT_SERVING,
  /** It does not know the name that was asked about. */
  SERVICE_UNKNOWN
}
