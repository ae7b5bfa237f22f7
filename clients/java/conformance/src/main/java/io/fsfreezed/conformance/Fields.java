package io.fsfreezed.conformance;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.fsfreezed.client.ConnectOptions;
import io.fsfreezed.client.DeviceNumber;
import io.fsfreezed.client.FreezeOptions;
import io.fsfreezed.client.Hooks;
import io.fsfreezed.client.Presync;
import io.fsfreezed.client.ReleaseOptions;
import io.fsfreezed.client.Target;
import io.fsfreezed.client.Targets;
import io.fsfreezed.client.TlsOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** The fields of a command; one that is absent is the wrapper's default. */
record Fields(JsonObject json) {
  Optional<JsonElement> get(String name) {
    return Optional.ofNullable(json.get(name)).filter(value -> !value.isJsonNull());
  }

  Optional<String> text(String name) {
    return get(name).map(JsonElement::getAsString);
  }

  Optional<Boolean> flag(String name) {
    return get(name).map(JsonElement::getAsBoolean);
  }

  Optional<Duration> time(String name) {
    return get(name).map(JsonElement::getAsLong).map(Duration::ofMillis);
  }

  Optional<Fields> part(String name) {
    return get(name).map(JsonElement::getAsJsonObject).map(Fields::new);
  }

  Fields options() {
    return part("options").orElseGet(() -> new Fields(new JsonObject()));
  }

  String need(String name) {
    return text(name).orElseThrow(() -> new IllegalArgumentException("without " + name));
  }

  Targets targets() {
    JsonElement targets = json.get("targets");
    if (targets.isJsonArray()) {
      return Targets.of(
          StreamSupport.stream(targets.getAsJsonArray().spliterator(), false)
              .map(Fields::target)
              .toList());
    }
    JsonObject all = targets.getAsJsonObject();
    if (!all.has("allFreezable")) {
      return target(targets);
    }
    JsonArray exclude = all.has("exclude") ? all.getAsJsonArray("exclude") : new JsonArray();
    return Targets.allFreezable(
        StreamSupport.stream(exclude.spliterator(), false)
            .map(JsonElement::getAsString)
            .toArray(String[]::new));
  }

  Target target() {
    return target(json.get("target"));
  }

  private static Target target(JsonElement json) {
    if (json.isJsonPrimitive()) {
      return Target.path(json.getAsString());
    }
    Fields fields = new Fields(json.getAsJsonObject());
    Target target = fields.named();
    if (fields.flag("allowSubdirectory").orElse(false)) {
      target = target.allowSubdirectory();
    }
    if (fields.get("expectUuid").isPresent()) {
      target = target.expectUuid(fields.need("expectUuid"));
    }
    if (fields.get("expectDevice").isPresent()) {
      target = target.expectDevice(number(fields.need("expectDevice")));
    }
    return target;
  }

  private Target named() {
    if (json.has("blockDevice")) {
      return Target.blockDevice(need("blockDevice"));
    }
    if (json.has("deviceNumber")) {
      return Target.deviceNumber(number(need("deviceNumber")));
    }
    return json.has("filesystemUuid")
        ? Target.filesystemUuid(need("filesystemUuid"))
        : Target.path(need("path"));
  }

  private static DeviceNumber number(String text) {
    String[] parts = text.split(":");
    return DeviceNumber.of(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
  }

  Optional<Presync> presync() {
    return part("presync")
        .map(
            fields -> {
              Presync presync =
                  switch (fields.text("mode").orElse("")) {
                    case "OFF" -> Presync.off();
                    case "UNTIL_CALM" -> Presync.untilCalm();
                    default -> Presync.byDefault();
                  };
              return fields.time("timeoutMs").map(presync::timeout).orElse(presync);
            });
  }

  Optional<Hooks> hooks() {
    return part("hooks")
        .map(
            fields -> {
              JsonElement names = fields.get("names").orElseGet(JsonArray::new);
              Hooks hooks =
                  Hooks.of(
                      StreamSupport.stream(names.getAsJsonArray().spliterator(), false)
                          .map(JsonElement::getAsString)
                          .toArray(String[]::new));
              return fields.time("timeoutMs").map(hooks::timeout).orElse(hooks);
            });
  }

  FreezeOptions freezeOptions() {
    FreezeOptions.Builder builder = FreezeOptions.builder();
    Fields options = options();
    options.time("ttlMs").ifPresent(builder::ttl);
    options.time("freezeTimeoutMs").ifPresent(builder::freezeTimeout);
    options.text("purpose").ifPresent(builder::purpose);
    options.presync().ifPresent(builder::presync);
    options.hooks().ifPresent(builder::hooks);
    text("requestId").ifPresent(builder::requestId);
    return builder.build();
  }

  ConnectOptions connectOptions() {
    ConnectOptions.Builder builder = ConnectOptions.builder();
    time("timeoutMs").ifPresent(builder::timeout);
    time("keepaliveTimeMs").ifPresent(builder::keepaliveTime);
    time("keepaliveTimeoutMs").ifPresent(builder::keepaliveTimeout);
    part("tls").map(Fields::tlsOptions).ifPresent(builder::tls);
    return builder.build();
  }

  private TlsOptions tlsOptions() {
    TlsOptions.Builder builder = TlsOptions.builder();
    text("ca").map(Path::of).ifPresent(builder::ca);
    text("serverName").ifPresent(builder::serverName);
    if (json.has("certificate") || json.has("key")) {
      builder.certificate(Path.of(need("certificate")), Path.of(need("key")));
    }
    return builder.build();
  }

  ReleaseOptions releaseOptions() {
    ReleaseOptions.Builder builder = ReleaseOptions.builder();
    flag("acceptUnproven").ifPresent(builder::acceptUnproven);
    return builder.build();
  }
}
