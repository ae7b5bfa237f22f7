/** What no case can show against the real service, and why; everything else in the contract has one. */

/** RPCs that the service does not serve yet: it refuses them, and a newer service answers them. */
export const rpcsNotServed: Readonly<Record<string, string>> = {
  PlanFreeze: "not served yet: UNSUPPORTED",
  ListFilesystems: "not served yet: UNSUPPORTED",
  WatchHolds: "not served yet: UNSUPPORTED",
};

/** Reasons that a client is told by the newer service only. */
export const reasonsNotProvoked: Readonly<Record<string, string>> = {
  DEVICE_SUSPENDED: "needs device-mapper, which many kernels that run the tests have not",
  FROZEN_TOO_LONG: "comes when joined holds have kept a file system frozen for nearly 10 minutes",
  HOOKS_IMPOSSIBLE: "hooks are not served yet: UNSUPPORTED",
  UNAUTHENTICATED:
    "every connection that is served has an identity, but for one that breaks just then",
  TOO_MANY_HOLDS: "comes with the 1,001st hold",
  TOO_MANY_STUCK_FREEZES: "comes with the 97th freeze that hangs in the kernel",
  GUARDIAN_UNAVAILABLE: "lasts for the moment in which a dead guardian is replaced",
  CLIENT_GONE: "goes to a client that does not read, so that none reads it",
  INTERNAL: "would be a fault of the service",
};
