package io.fsfreezed.conformance;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.fsfreezed.client.FreezeException;
import io.fsfreezed.client.FrozenStatus;
import io.fsfreezed.client.HoldInfo;
import io.fsfreezed.client.HoldStatus;
import io.fsfreezed.client.Model;
import io.fsfreezed.client.Receipt;
import java.time.Instant;
import java.util.Optional;

/** What the driver tells, as JSON. */
final class Wire {
  private Wire() {}

  static JsonElement of(Model model) {
    return JsonParser.parseString(model.toJson());
  }

  static JsonElement of(Optional<? extends Model> model) {
    return model.map(Wire::of).orElse(JsonNull.INSTANCE);
  }

  static JsonElement instant(Optional<Instant> time) {
    return time.<JsonElement>map(at -> new JsonPrimitive(at.toString())).orElse(JsonNull.INSTANCE);
  }

  static JsonObject nativeOf(HoldInfo hold) {
    JsonObject json = new JsonObject();
    json.addProperty("holdId", hold.holdId());
    json.addProperty("state", hold.stateName());
    json.addProperty("purpose", hold.purpose());
    hold.effective().ttl().ifPresent(ttl -> json.addProperty("ttlMs", ttl.toMillis()));
    return json;
  }

  static JsonObject nativeOf(Receipt receipt) {
    JsonObject json = new JsonObject();
    json.addProperty("holdId", receipt.holdId());
    json.addProperty("verdict", receipt.verdictName());
    json.addProperty("endCause", receipt.endCauseName());
    json.addProperty("frozenCount", receipt.frozenCount());
    json.addProperty("thawedCount", receipt.thawedCount());
    json.addProperty(
        "intervals", receipt.filesystems().stream().mapToInt(of -> of.intervals().size()).sum());
    json.add("endTime", instant(receipt.endTime()));
    return json;
  }

  static JsonObject nativeOf(HoldStatus status) {
    JsonObject json = new JsonObject();
    json.addProperty("state", status.stateName());
    json.addProperty("heldByThis", status.heldByThis());
    return json;
  }

  static JsonObject nativeOf(FrozenStatus status) {
    JsonObject json = new JsonObject();
    json.addProperty("state", status.stateName());
    status.certaintyName().ifPresent(certainty -> json.addProperty("certainty", certainty));
    JsonArray frozenBy = new JsonArray();
    status.frozenBy().forEach(by -> frozenBy.add(by.freezerName()));
    json.add("frozenBy", frozenBy);
    return json;
  }

  static JsonObject hold(HoldInfo hold) {
    JsonObject json = new JsonObject();
    json.add("hold", of(hold));
    json.add("native", nativeOf(hold));
    return json;
  }

  static JsonObject receipt(Receipt receipt) {
    JsonObject json = new JsonObject();
    json.add("receipt", of(receipt));
    json.add("native", nativeOf(receipt));
    return json;
  }

  static JsonObject error(Throwable thrown) {
    JsonObject json = new JsonObject();
    if (thrown instanceof FreezeException error) {
      json.addProperty("reason", error.reasonName());
      json.addProperty("code", error.code().name());
      json.addProperty("message", error.getMessage());
      JsonObject metadata = new JsonObject();
      error.metadata().forEach(metadata::addProperty);
      json.add("metadata", metadata);
      error.receipt().ifPresent(receipt -> json.add("receipt", of(receipt)));
    } else if (thrown instanceof BodyException) {
      json.addProperty("reason", "BODY");
      json.addProperty("message", thrown.getMessage());
    } else {
      json.addProperty("reason", "FOREIGN");
      json.addProperty("message", thrown.toString());
    }
    return json;
  }
}
