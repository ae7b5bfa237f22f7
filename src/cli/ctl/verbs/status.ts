/** `fsfreezectl status`: the kernel's truth, whoever froze it. */
import { FreezeError, type FrozenStatus } from "@fsfreezed/client";
import type { Command } from "commander";
import { codeOfError } from "../../exit-codes.js";
import { statusText, table } from "../render.js";
import { type Invocation, run } from "../run.js";
import { targetHelp } from "../target.js";
import { targetOf } from "./options.js";

export function addStatus(program: Command, invocation: Invocation): void {
  program
    .command("status")
    .description("tell whether file systems are frozen, and by whom; exits 0 whatever the state")
    .argument("<target...>", "file systems or block devices, also unmounted ones")
    .option("--allow-subdirectory", "a TARGET may be a directory below its mount point")
    .addHelpText("after", targetHelp)
    .action(
      async (
        texts: readonly string[],
        flags: { readonly allowSubdirectory?: true },
        command: Command,
      ) => {
        const targets = texts.map((text) => targetOf(command, text, flags));
        await run(invocation, command, async ({ client, out }) => {
          const statuses: FrozenStatus[] = [];
          let exitCode = 0;
          for (const target of targets) {
            try {
              const status = await client.isFrozen(target);
              statuses.push(status);
              if (out.json) out.result("", status);
            } catch (error) {
              if (!(error instanceof FreezeError)) throw error;
              // The others are asked for all the same; the first failure is the exit code.
              const code = codeOfError(error);
              if (exitCode === 0) exitCode = code;
              out.error(error, code);
            }
          }
          if (!out.json && statuses.length > 0)
            out.result(table(statuses.map((status) => statusText(status).split("\t"))), undefined);
          return exitCode;
        });
      },
    );
}
