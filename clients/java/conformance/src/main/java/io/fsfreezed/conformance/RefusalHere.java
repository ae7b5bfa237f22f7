package io.fsfreezed.conformance;

import com.google.gson.JsonObject;

/** An error of a command as it is to be told. */
final class RefusalHere extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient JsonObject json;

  RefusalHere(JsonObject json) {
    this.json = json;
  }

  RefusalHere(String reason, String message) {
    this(new JsonObject());
    json.addProperty("reason", reason);
    json.addProperty("message", message);
  }

  JsonObject json() {
    return json;
  }
}
