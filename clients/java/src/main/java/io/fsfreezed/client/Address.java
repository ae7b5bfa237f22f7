package io.fsfreezed.client;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a service is: {@code unix:PATH}, {@code unix:///PATH}, a bare absolute path, or {@code
 * HOST:PORT} ({@code [ADDRESS]:PORT} for IPv6).
 *
 * @param target the address as gRPC takes it
 * @param unix whether it is a Unix socket
 */
record Address(String target, boolean unix) {
  /** sockaddr_un.sun_path has 108 bytes on Linux, one of them for the closing NUL (unix(7)). */
  private static final int LONGEST_SOCKET_PATH = 107;

  private static final Pattern HOST_AND_PORT =
      Pattern.compile("(\\[[0-9A-Fa-f:.%]+\\]|[^\\s:/\\[\\]]+):(\\d{1,5})");

  /** Throws IllegalArgumentException for what is no address. */
  static Address parse(String text) {
    if (text.startsWith("unix://")) {
      String path = text.substring("unix://".length());
      if (!path.startsWith("/")) {
        throw new IllegalArgumentException(
            "write unix:" + path + " or unix:///absolute/path, not " + text);
      }
      return ofSocket(path);
    }
    if (text.startsWith("unix:")) {
      return ofSocket(text.substring("unix:".length()));
    }
    // gRPC would take a bare path for a host name; what is meant is plain.
    if (text.startsWith("/")) {
      return ofSocket(text);
    }
    Matcher matcher = HOST_AND_PORT.matcher(text);
    if (matcher.matches()) {
      int port = Integer.parseInt(matcher.group(2));
      if (port >= 1 && port <= 65_535) {
        return new Address(uri("dns", "", "/" + text), false);
      }
    }
    throw new IllegalArgumentException("\"" + text + "\" is neither unix:PATH nor HOST:PORT");
  }

  private static Address ofSocket(String path) {
    if (path.isEmpty()) {
      throw new IllegalArgumentException("the path of the Unix socket is empty");
    }
    if (path.getBytes(StandardCharsets.UTF_8).length > LONGEST_SOCKET_PATH) {
      throw new IllegalArgumentException(
          "a Unix socket's path has at most " + LONGEST_SOCKET_PATH + " bytes");
    }
    return new Address(uri("unix", null, path), true);
  }

  /** gRPC reads its targets as URIs: blanks and the like in a path must be escaped. */
  private static String uri(String scheme, String authority, String path) {
    try {
      URI uri =
          path.startsWith("/")
              ? new URI(scheme, authority, path, null, null)
              : new URI(scheme, path, null);
      return uri.toString();
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("not an address: " + path, e);
    }
  }
}
