/** `fsfreezectl thaw`: ends a hold made by `freeze`. */
import type { Command } from "commander";
import { codeOfReceipt } from "../../exit-codes.js";
import { receiptLines, statusText } from "../render.js";
import { type Invocation, run } from "../run.js";
import { looksLikeTarget, targetHelp } from "../target.js";
import { targetOf } from "./options.js";

interface Flags {
  readonly force?: true;
  readonly acceptUnproven?: true;
  readonly allowSubdirectory?: true;
}

export function addThaw(program: Command, invocation: Invocation): void {
  program
    .command("thaw")
    .description("end a hold, by its id or by what your own `freeze` froze, and print its receipt")
    .argument("<hold-id|target>", "which hold")
    .option("--force", "administrators: thaw TARGET even though another tool froze it")
    .option("--accept-unproven", "exit 0 for UNPROVEN, too")
    .option("--allow-subdirectory", "TARGET may be a directory below its mount point")
    .addHelpText("after", targetHelp)
    .action(async (which: string, flags: Flags, command: Command) => {
      const target = looksLikeTarget(which) ? targetOf(command, which, flags) : undefined;
      const acceptUnproven = flags.acceptUnproven === true;
      if (flags.force === true && target === undefined)
        command.error("error: --force thaws a TARGET (a path with a /, a device), not a hold");
      await run(invocation, command, async ({ client, out }) => {
        if (flags.force === true && target !== undefined) {
          const forced = await client.forceThaw(target);
          out.result(statusText(forced), forced);
          return 0;
        }
        // UNPROVEN has its receipt on stdout and its exit code, too: it is thawed.
        const receipt = await client.thaw(target === undefined ? { holdId: which } : { target }, {
          acceptUnproven: true,
        });
        out.result(receiptLines(receipt).join("\n"), receipt);
        return codeOfReceipt(receipt, acceptUnproven);
      });
    });
}
