/** `fsfreezectl freeze`: a hold that lives until `thaw` or its deadline. */
import { type Command, Option } from "commander";
import { parseDuration } from "../duration.js";
import { type Invocation, run } from "../run.js";
import { addFreezing, type FreezeFlags, settingsOf, targetsOf } from "./options.js";

interface Flags extends FreezeFlags {
  readonly ttl: number;
  readonly requestId?: string;
}

export function addFreeze(program: Command, invocation: Invocation): void {
  addFreezing(program.command("freeze"))
    .description("freeze until `thaw` or the deadline, and print the hold's id alone")
    .addOption(
      new Option("--ttl <duration>", "how long, from the moment that all are frozen")
        .argParser(parseDuration)
        .default(60_000, "60s"),
    )
    .option("--request-id <id>", "a retry with the same id gives the same hold, never a second one")
    .action(async (texts: readonly string[], flags: Flags, command: Command) => {
      const targets = targetsOf(command, texts, flags);
      await run(invocation, command, async ({ client, out }) => {
        const hold = await client.freeze(targets, {
          ...settingsOf(flags),
          ttl: flags.ttl,
          ...(flags.requestId === undefined ? {} : { requestId: flags.requestId }),
        });
        out.result(hold.holdId, hold);
        return 0;
      });
    });
}
