package io.fsfreezed.conformance;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.fsfreezed.client.FreezeException;
import io.fsfreezed.client.Watch;
import io.fsfreezed.client.WatchEvent;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Answers and events on stdout, one JSON object a line. */
final class Output {
  private final Gson gson = new GsonBuilder().serializeNulls().disableHtmlEscaping().create();
  private final PrintStream stdout = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  synchronized void tell(JsonObject json) {
    stdout.println(gson.toJson(json));
  }

  void ok(Fields command, JsonObject ok) {
    answer(command, "ok", ok);
  }

  void error(Fields command, JsonObject error) {
    answer(command, "error", error);
  }

  private void answer(Fields command, String kind, JsonObject what) {
    JsonObject json = new JsonObject();
    json.add("id", command.json().get("id"));
    json.add(kind, what);
    tell(json);
  }

  void event(String event, String hold, String name, JsonElement value) {
    JsonObject json = new JsonObject();
    json.addProperty("event", event);
    json.addProperty("hold", hold);
    json.add(name, value);
    tell(json);
  }

  /** Tells of a watch to its end. */
  void follow(String name, Watch watch) {
    JsonObject ended = watchEvent("watchEnded", name);
    try {
      for (WatchEvent event : watch) {
        JsonObject json = watchEvent("watch", name);
        if (event instanceof WatchEvent.HoldChanged changed) {
          json.add("hold", Wire.of(changed.hold()));
        } else {
          json.addProperty("pictureComplete", true);
        }
        tell(json);
      }
    } catch (FreezeException e) {
      ended.add("error", Wire.error(e));
    }
    tell(ended);
  }

  private static JsonObject watchEvent(String event, String name) {
    JsonObject json = new JsonObject();
    json.addProperty("event", event);
    json.addProperty("watch", name);
    return json;
  }
}
