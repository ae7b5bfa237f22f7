/** `fsfreezectl watch`: the holds as they come and go. */
import { FreezeError } from "@fsfreezed/client";
import type { Command } from "commander";
import { signalExitCode } from "../../exit-codes.js";
import { type Invocation, run } from "../run.js";
import { holdRow } from "./holds.js";

export function addWatch(program: Command, invocation: Invocation): void {
  program
    .command("watch")
    .description("print each hold as it is now, then each change, until Ctrl-C")
    .option("--all", "begin with the ended holds that are remembered, too")
    .action(async (flags: { readonly all?: true }, command: Command) => {
      await run(invocation, command, async ({ client, out }) => {
        const stop = new AbortController();
        let exitCode = 0;
        for (const signal of ["SIGINT", "SIGTERM"] as const)
          process.once(signal, () => {
            exitCode = signalExitCode(signal);
            stop.abort();
          });
        try {
          const events = client.watch({ includeEnded: flags.all === true, signal: stop.signal });
          for await (const event of events) {
            if (out.readerGone) break;
            if (event.kind === "hold")
              out.message(holdRow(event.hold).join("  "), {
                message_type: "hold",
                hold: event.hold,
              });
            else
              out.note("-- all that is there; changes follow", {
                message_type: "picture_complete",
              });
          }
        } catch (error) {
          if (!(error instanceof FreezeError && error.reason === "CANCELLED")) throw error;
        }
        return exitCode;
      });
    });
}
