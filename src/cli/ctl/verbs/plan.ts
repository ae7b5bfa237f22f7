/** `fsfreezectl plan`: what a hold would freeze, and in which order. */
import type { Command } from "commander";
import { filesystemName, printable, table } from "../render.js";
import { type Invocation, run } from "../run.js";
import { addTargets, type TargetFlags, targetsOf } from "./options.js";

export function addPlan(program: Command, invocation: Invocation): void {
  addTargets(program.command("plan"))
    .description(
      "tell what would be frozen, in which order, and what stands against it; freezes nothing",
    )
    .action(async (texts: readonly string[], flags: TargetFlags, command: Command) => {
      const targets = targetsOf(command, texts, flags);
      await run(invocation, command, async ({ client, out }) => {
        const plan = await client.plan(targets);
        const rows = plan.filesystems.map(({ step, filesystem, state, dirtyBytes, refusal }) => [
          String(step),
          filesystemName(filesystem),
          filesystem.type,
          state ?? "-",
          dirtyBytes === undefined ? "-" : `${Math.ceil(dirtyBytes / 1024)} KiB`,
          refusal?.reason ?? "yes",
        ]);
        const warnings = [...plan.filesystems.flatMap((of) => of.warnings), ...plan.warnings].map(
          (warning) => `warning: ${printable(warning)}`,
        );
        const header = ["STEP", "FILE SYSTEM", "TYPE", "STATE", "DIRTY", "CAN BE FROZEN"];
        out.result([table([header, ...rows]), ...warnings].join("\n"), plan);
        return 0;
      });
    });
}
