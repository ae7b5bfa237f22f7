/** HoldFreeze as a stranger's client speaks it: bare messages, no renewal, no judgement. */
import type { CallOptions } from "@grpc/grpc-js";
import type { DescriptorClient } from "./api/descriptor-client.js";
import { HoldClient, type Request } from "./api/hold-client.js";

type Open = Extract<Request["command"], { case: "open" }>["value"];

export function pathTarget(path: string) {
  return { target: { case: "path", value: path } } as const;
}

/** A stream whose `open` is on its way. */
export function openRaw(
  client: DescriptorClient,
  paths: readonly string[],
  open: Open = {},
  options: CallOptions = {},
): HoldClient {
  const stream = new HoldClient(client, options);
  stream.send({ case: "open", value: { targets: paths.map(pathTarget), ...open } }, 1n);
  return stream;
}
