package io.fsfreezed.samples;

import io.fsfreezed.client.FreezeClient;
import io.fsfreezed.client.FreezeException;
import io.fsfreezed.client.Hold;
import io.fsfreezed.client.HoldOptions;
import io.fsfreezed.client.Target;
import java.time.Duration;

/** ADDRESS MOUNT_POINT: goes on with a hold that lost its stream. */
public final class Resume {
  private Resume() {}

  /** Fails unless the freeze held from the first connection to the second. */
  public static void main(String[] args) {
    String address = args[0];
    try (FreezeClient client = FreezeClient.connect(address)) {
      HoldOptions options =
          HoldOptions.builder().ttl(Duration.ofSeconds(20)).linger(Duration.ofSeconds(10)).build();
      Hold lost = client.hold(Target.path(args[1]), options);
      // As if this process had died: the service keeps the file system frozen for the linger.
      lost.cancel();
      System.out.println(goOn(address, lost.id(), lost.resumeToken()));
    } catch (FreezeException e) {
      System.err.println(e.reason() + ": " + e.getMessage());
      System.exit(1);
    }
  }

  private static String goOn(String address, String holdId, String resumeToken) {
    // [resume]
    // A program that takes over needs the id and the token: keep both where it finds them.
    try (FreezeClient client = FreezeClient.connect(address);
        Hold hold = client.resume(holdId, resumeToken)) {
      return hold.release().verdictName();
    }
    // [/resume]
  }
}
