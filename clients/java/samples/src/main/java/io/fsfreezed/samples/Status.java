package io.fsfreezed.samples;

import io.fsfreezed.client.FreezeClient;
import io.fsfreezed.client.FreezeException;
import io.fsfreezed.client.FrozenBy;
import io.fsfreezed.client.FrozenStatus;
import io.fsfreezed.client.HoldInfo;
import io.fsfreezed.client.HoldState;
import io.fsfreezed.client.Target;
import java.util.List;

/** ADDRESS TARGET...: tells what is frozen, and by whom. */
public final class Status {
  private Status() {}

  /** Fails where the service refuses to answer. */
  public static void main(String[] args) {
    String address = args[0];
    List<String> paths = List.of(args).subList(1, args.length);
    try {
      tell(address, paths);
    } catch (FreezeException e) {
      System.err.println(e.reason() + ": " + e.getMessage());
      System.exit(1);
    }
  }

  private static void tell(String address, List<String> paths) {
    // [status]
    try (FreezeClient client = FreezeClient.connect(address)) {
      for (String path : paths) {
        FrozenStatus status = client.isFrozen(Target.path(path));
        String certainty = status.certaintyName().orElse("UNKNOWN");
        List<String> holders = status.frozenBy().stream().map(FrozenBy::freezerName).toList();
        System.out.println(path + " " + status.stateName() + " " + certainty + " " + holders);
      }
      client
          .listHolds()
          .filter(hold -> hold.state() != HoldState.ENDED)
          .map(HoldInfo::toJson)
          .forEach(System.out::println);
    }
    // [/status]
  }
}
