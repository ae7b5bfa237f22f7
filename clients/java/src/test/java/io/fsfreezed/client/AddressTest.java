package io.fsfreezed.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {
  @ParameterizedTest
  @CsvSource({
    "unix:/run/f.sock, unix:/run/f.sock",
    "unix:///run/f.sock, unix:/run/f.sock",
    "/run/f.sock, unix:/run/f.sock",
    "unix:f.sock, unix:f.sock",
    "unix:/run/a b%.sock, unix:/run/a%20b%25.sock",
  })
  void takesUnixSockets(String text, String target) {
    assertEquals(new Address(target, true), Address.parse(text));
  }

  @ParameterizedTest
  @CsvSource({
    "localhost:50051, dns:///localhost:50051",
    "10.0.0.1:1, dns:///10.0.0.1:1",
    "[::1]:65535, dns:///%5B::1%5D:65535",
  })
  void takesHostsAndPorts(String text, String target) {
    assertEquals(new Address(target, false), Address.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "unix:",
        "unix://run/f.sock",
        "localhost",
        "localhost:",
        "localhost:0",
        "localhost:65536",
        "::1:80",
        "http://localhost:80",
        "a b:80",
      })
  void refusesOthers(String text) {
    assertThrows(IllegalArgumentException.class, () -> Address.parse(text));
  }

  @Test
  void countsTheBytesOfAPath() {
    assertEquals("unix:/" + "a".repeat(106), Address.parse("/" + "a".repeat(106)).target());
    assertThrows(IllegalArgumentException.class, () -> Address.parse("/" + "a".repeat(107)));
    assertThrows(IllegalArgumentException.class, () -> Address.parse("/" + "ä".repeat(54)));
  }
}
