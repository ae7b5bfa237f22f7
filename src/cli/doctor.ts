/** `fsfreezed doctor`: what this machine can do, and what to mend. */
import type { Command } from "commander";

export function addDoctor(program: Command): void {
  program
    .command("doctor")
    .description("say what this machine can do, and what to mend")
    .option("--json", "one JSON object instead of text")
    .action((_flags: { readonly json?: boolean }) => {
      throw new Error("not written yet");
    });
}
