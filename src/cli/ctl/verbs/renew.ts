/** `fsfreezectl renew`: a new deadline for a hold. */
import type { Command } from "commander";
import { parseDuration } from "../duration.js";
import { instant } from "../render.js";
import { type Invocation, run } from "../run.js";

export function addRenew(program: Command, invocation: Invocation): void {
  program
    .command("renew")
    .description("set a hold's deadline, counted from now, and print it")
    .argument("<hold-id>", "which hold")
    .option("--ttl <duration>", "how long from now (default: the hold's own ttl)", parseDuration)
    .action(async (holdId: string, flags: { readonly ttl?: number }, command: Command) => {
      await run(invocation, command, async ({ client, out }) => {
        const hold = await client.renew(holdId, flags.ttl);
        out.result(instant(hold.expireTime), hold);
        return 0;
      });
    });
}
