package io.fsfreezed.conformance;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.fsfreezed.client.FreezeClient;
import io.fsfreezed.client.Hold;
import io.fsfreezed.client.HoldOptions;
import io.fsfreezed.client.HoldStatus;
import io.fsfreezed.client.ReleaseOptions;
import io.fsfreezed.client.ResumeOptions;
import io.fsfreezed.client.Watch;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Takes part in the conformance cases with nothing but the installed package. */
public final class Driver {
  /** A command that does not wait is done by then; the next one is begun after it. */
  private static final long HEAD_START_MS = 30;

  private final Output output = new Output();
  private final Map<String, FreezeClient> clients = new ConcurrentHashMap<>();
  private final Map<String, Hold> holds = new ConcurrentHashMap<>();
  private final Map<String, Watch> watches = new ConcurrentHashMap<>();
  private final Map<String, CompletableFuture<String>> scopes = new ConcurrentHashMap<>();

  /** Daemons: at the end of main whatever is still open is forgotten. */
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
          });

  private Driver() {}

  /** Reads commands from stdin to its end, or to {@code exit}. */
  public static void main(String[] args) throws Exception {
    new Driver().run();
  }

  private void run() throws Exception {
    JsonObject ready = new JsonObject();
    ready.addProperty("event", "ready");
    ready.addProperty("language", "java");
    JsonArray forms = new JsonArray();
    List.of("try", "withHold").forEach(forms::add);
    ready.add("forms", forms);
    output.tell(ready);

    BufferedReader input =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      Fields command = new Fields(JsonParser.parseString(line).getAsJsonObject());
      if (command.need("do").equals("exit")) {
        output.ok(command, new JsonObject());
        return;
      }
      begin(command);
    }
  }

  /** Commands wait beside each other, but begin in their order. */
  private void begin(Fields command) throws Exception {
    Future<?> done = threads.submit(() -> answer(command));
    try {
      done.get(HEAD_START_MS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      // It waits for something.
    }
  }

  private void answer(Fields command) {
    try {
      output.ok(command, perform(command));
    } catch (RefusalHere e) {
      output.error(command, e.json());
    } catch (Exception e) {
      output.error(command, Wire.error(e));
    }
  }

  private JsonObject perform(Fields command) throws Exception {
    String what = command.need("do");
    if (what.startsWith("hold.")) {
      return performOnHold(what, command);
    }
    return switch (what) {
      case "connect" -> {
        FreezeClient client =
            FreezeClient.connect(command.need("address"), command.connectOptions());
        clients.put(command.need("as"), client);
        yield new JsonObject();
      }
      case "close" -> {
        client(command).close();
        yield new JsonObject();
      }
      case "hold" -> {
        String name = command.need("as");
        Hold hold = client(command).hold(command.targets(), holdOptions(command, name));
        yield opened(name, hold);
      }
      case "resume" -> {
        String name = command.need("as");
        Hold hold =
            client(command)
                .resume(
                    command.need("holdId"),
                    command.need("resumeToken"),
                    resumeOptions(command, name));
        yield opened(name, hold);
      }
      case "scope" -> scope(command);
      case "leave" -> {
        scopes.get(command.need("scope")).complete(command.need("how"));
        yield new JsonObject();
      }
      case "freeze" ->
          Wire.hold(client(command).freeze(command.targets(), command.freezeOptions()));
      case "thaw" -> {
        ReleaseOptions options = command.releaseOptions();
        yield Wire.receipt(
            command.get("holdId").isPresent()
                ? client(command).thaw(command.need("holdId"), options)
                : client(command).thaw(command.target(), options));
      }
      case "forceThaw" -> one("forced", Wire.of(client(command).forceThaw(command.target())));
      case "renew" -> {
        String id = command.need("holdId");
        yield Wire.hold(
            command
                .time("ttlMs")
                .map(ttl -> client(command).renew(id, ttl))
                .orElseGet(() -> client(command).renew(id)));
      }
      case "isFrozen" -> {
        var status = client(command).isFrozen(command.target());
        JsonObject json = one("status", Wire.of(status));
        json.add("native", Wire.nativeOf(status));
        yield json;
      }
      case "plan" -> one("plan", Wire.of(client(command).plan(command.targets())));
      case "listFilesystems" ->
          one("filesystems", list(client(command).listFilesystems().map(Wire::of).toList()));
      case "getHold" -> Wire.hold(client(command).getHold(command.need("holdId")));
      case "listHolds" -> one("holds", list(client(command).listHolds().map(Wire::of).toList()));
      case "watch" -> {
        Watch watch = client(command).watch(command.flag("includeEnded").orElse(false));
        watches.put(command.need("as"), watch);
        threads.submit(() -> output.follow(command.need("as"), watch));
        yield new JsonObject();
      }
      case "unwatch" -> {
        watches.get(command.need("watch")).close();
        yield new JsonObject();
      }
      case "health" -> {
        FreezeClient client = client(command);
        JsonObject json = new JsonObject();
        json.addProperty(
            "status", command.text("service").map(client::health).orElseGet(client::health).name());
        yield json;
      }
      case "busy" -> {
        stopAllThreads(command.time("ms").orElseThrow());
        yield new JsonObject();
      }
      default -> throw new RefusalHere("UNSUPPORTED_HERE", what);
    };
  }

  private JsonObject performOnHold(String what, Fields command) {
    Hold hold = holds.get(command.need("hold"));
    return switch (what) {
      case "hold.freeze" -> one("hold", Wire.of(hold.freeze()));
      case "hold.thaw" -> one("stillFrozenBy", list(hold.thaw().stream().map(Wire::of).toList()));
      case "hold.renew" ->
          one(
              "expireTime",
              Wire.instant(command.time("ttlMs").map(hold::renew).orElseGet(hold::renew)));
      case "hold.status" -> {
        HoldStatus status = hold.status();
        JsonObject json = one("status", Wire.of(status));
        json.add("native", Wire.nativeOf(status));
        yield json;
      }
      case "hold.release" ->
          Wire.receipt(
              command.get("acceptUnproven").isPresent()
                  ? hold.release(command.releaseOptions())
                  : hold.release());
      case "hold.cancel" -> {
        hold.cancel();
        yield new JsonObject();
      }
      case "hold.check" -> {
        hold.throwIfBroken();
        yield new JsonObject();
      }
      case "hold.receipt" -> one("receipt", Wire.of(hold.receipt()));
      // What is forgotten here is cleaned up by nothing but the end of the process, or the
      // deadline.
      default -> throw new RefusalHere("UNSUPPORTED_HERE", what);
    };
  }

  private FreezeClient client(Fields command) {
    return clients.get(command.need("client"));
  }

  private JsonObject opened(String name, Hold hold) {
    enter(name, hold);
    JsonObject json = Wire.hold(hold.info());
    json.addProperty("resumeToken", hold.resumeToken());
    return json;
  }

  private void enter(String name, Hold hold) {
    holds.put(name, hold);
    hold.broken().thenAccept(error -> output.event("broken", name, "error", Wire.error(error)));
  }

  private HoldOptions holdOptions(Fields command, String name) {
    HoldOptions.Builder builder = HoldOptions.builder();
    Fields options = command.options();
    options.time("ttlMs").ifPresent(builder::ttl);
    options.time("freezeTimeoutMs").ifPresent(builder::freezeTimeout);
    options.text("purpose").ifPresent(builder::purpose);
    options.presync().ifPresent(builder::presync);
    options.hooks().ifPresent(builder::hooks);
    options.flag("freezeOnOpen").ifPresent(builder::freezeOnOpen);
    options.time("lingerMs").ifPresent(builder::linger);
    options.flag("autoRenew").ifPresent(builder::autoRenew);
    options.time("maxHoldMs").ifPresent(builder::maxHold);
    options.flag("acceptUnproven").ifPresent(builder::acceptUnproven);
    return builder
        .onProgress(progress -> output.event("progress", name, "progress", Wire.of(progress)))
        .onExpiring(
            at -> output.event("expiring", name, "expireTime", Wire.instant(Optional.of(at))))
        .onRenewFailed(error -> output.event("renewFailed", name, "error", Wire.error(error)))
        .build();
  }

  private ResumeOptions resumeOptions(Fields command, String name) {
    ResumeOptions.Builder builder = ResumeOptions.builder();
    Fields options = command.options();
    options.time("ttlMs").ifPresent(builder::ttl);
    options.time("lingerMs").ifPresent(builder::linger);
    options.flag("autoRenew").ifPresent(builder::autoRenew);
    options.time("maxHoldMs").ifPresent(builder::maxHold);
    options.flag("acceptUnproven").ifPresent(builder::acceptUnproven);
    return builder
        .onProgress(progress -> output.event("progress", name, "progress", Wire.of(progress)))
        .onExpiring(
            at -> output.event("expiring", name, "expireTime", Wire.instant(Optional.of(at))))
        .onRenewFailed(error -> output.event("renewFailed", name, "error", Wire.error(error)))
        .build();
  }

  private JsonObject scope(Fields command) throws Exception {
    String name = command.need("as");
    FreezeClient client = client(command);
    HoldOptions options = holdOptions(command, name);
    CompletableFuture<String> leave = new CompletableFuture<>();
    scopes.put(name, leave);
    try {
      if (command.text("form").orElse("try").equals("withHold")) {
        return Wire.receipt(
            client.withHold(command.targets(), options, hold -> body(name, hold, leave)));
      }
      try (Hold hold = client.hold(command.targets(), options)) {
        body(name, hold, leave);
      }
      return Wire.receipt(holds.get(name).receipt().orElseThrow());
    } catch (BodyException e) {
      JsonObject error = Wire.error(e);
      holds.get(name).receipt().ifPresent(receipt -> error.add("receipt", Wire.of(receipt)));
      throw new RefusalHere(error);
    }
  }

  private void body(String name, Hold hold, CompletableFuture<String> leave) throws BodyException {
    enter(name, hold);
    JsonObject entered = new JsonObject();
    entered.addProperty("event", "entered");
    entered.addProperty("scope", name);
    entered.add("hold", Wire.of(hold.info()));
    output.tell(entered);
    switch (leave.join()) {
      case "throw", "panic" -> throw new BodyException();
      case "release" -> hold.release();
      default -> {}
    }
  }

  /** As a long collection does: no thread of this process runs, gRPC's among them. */
  private static void stopAllThreads(Duration time) throws IOException, InterruptedException {
    long pid = ProcessHandle.current().pid();
    String seconds = time.toMillis() / 1000 + "." + String.format("%03d", time.toMillis() % 1000);
    new ProcessBuilder(
            "sh", "-c", "kill -STOP " + pid + "; sleep " + seconds + "; kill -CONT " + pid)
        .inheritIO()
        .start()
        .waitFor();
  }

  private static JsonObject one(String name, JsonElement value) {
    JsonObject json = new JsonObject();
    json.add(name, value);
    return json;
  }

  private static JsonArray list(List<JsonElement> items) {
    JsonArray json = new JsonArray();
    items.forEach(json::add);
    return json;
  }
}
