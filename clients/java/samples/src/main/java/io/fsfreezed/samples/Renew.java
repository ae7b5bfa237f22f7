package io.fsfreezed.samples;

import io.fsfreezed.client.FreezeClient;
import io.fsfreezed.client.FreezeException;
import io.fsfreezed.client.Hold;
import io.fsfreezed.client.HoldOptions;
import io.fsfreezed.client.Target;
import java.time.Duration;

/** ADDRESS MOUNT_POINT: a hold that lives only as long as work is done. */
public final class Renew {
  private Renew() {}

  /** Fails unless the freeze held. */
  public static void main(String[] args) throws Exception {
    try {
      work(args[0], args[1]);
    } catch (FreezeException e) {
      System.err.println(e.reason() + ": " + e.getMessage());
      System.exit(1);
    }
  }

  private static void work(String address, String mountPoint) throws InterruptedException {
    // [renew]
    HoldOptions options = HoldOptions.builder().ttl(Duration.ofSeconds(3)).autoRenew(false).build();
    try (FreezeClient client = FreezeClient.connect(address);
        Hold hold = client.hold(Target.path(mountPoint), options)) {
      for (int piece = 1; piece <= 5; piece++) {
        copy(piece);
        // Renewed by hand a hold proves progress: if the work hangs, it is thawed within the ttl.
        System.out.println(hold.renew().orElseThrow());
      }
      System.out.println(hold.release().verdict());
    }
    // [/renew]
  }

  private static void copy(int piece) throws InterruptedException {
    System.out.println("piece " + piece);
    Thread.sleep(1_000);
  }
}
