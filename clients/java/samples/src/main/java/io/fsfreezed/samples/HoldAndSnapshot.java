package io.fsfreezed.samples;

import io.fsfreezed.client.FreezeClient;
import io.fsfreezed.client.FreezeException;
import io.fsfreezed.client.Hold;
import io.fsfreezed.client.HoldOptions;
import io.fsfreezed.client.Receipt;
import io.fsfreezed.client.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * ADDRESS MOUNT_POINT RECEIPT COMMAND [ARG...]: takes a snapshot with COMMAND while it is frozen.
 */
public final class HoldAndSnapshot {
  private HoldAndSnapshot() {}

  /** Fails unless COMMAND succeeded and the freeze held. */
  public static void main(String[] args) throws Exception {
    String address = args[0];
    String mountPoint = args[1];
    Path file = Path.of(args[2]);
    List<String> command = Arrays.asList(args).subList(3, args.length);
    try {
      Receipt receipt = snapshot(address, mountPoint, command);
      Files.writeString(file, receipt.toJson());
      System.out.println(receipt.verdict());
    } catch (FreezeException e) {
      System.err.println(e.reason() + ": " + e.getMessage());
      if (e.receipt().isPresent()) {
        Files.writeString(file, e.receipt().get().toJson());
      }
      System.exit(1);
    } catch (IOException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  private static Receipt snapshot(String address, String mountPoint, List<String> command)
      throws IOException, InterruptedException {
    // [hold]
    HoldOptions options = HoldOptions.builder().purpose("nightly snapshot").build();
    try (FreezeClient client = FreezeClient.connect(address);
        Hold hold = client.hold(Target.path(mountPoint), options)) {
      // Frozen: writers wait, the image is stable. If that ends too soon, the command is stopped.
      Process process = new ProcessBuilder(command).inheritIO().start();
      hold.broken().thenRun(process::destroyForcibly);
      int status = process.waitFor();
      Receipt receipt = hold.release(); // throws unless the freeze held to the end
      if (status != 0) {
        throw new IOException(command + " failed with status " + status);
      }
      return receipt;
    }
    // [/hold]
  }
}
