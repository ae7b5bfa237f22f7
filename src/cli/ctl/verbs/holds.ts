/** `fsfreezectl holds`: who holds what. */
import type { HoldInfo } from "@fsfreezed/client";
import type { Command } from "commander";
import { formatDuration } from "../duration.js";
import { filesystemNames, ownerText, printable, table } from "../render.js";
import { type Invocation, run } from "../run.js";

const header = ["HOLD", "STATE", "VERDICT", "LEFT", "OWNER", "FILE SYSTEMS", "PURPOSE"];

export function holdRow(hold: HoldInfo): readonly string[] {
  const left =
    hold.expireTime === undefined ? "-" : formatDuration(hold.expireTime.getTime() - Date.now());
  return [
    hold.holdId,
    hold.state,
    hold.receipt?.verdict ?? "-",
    left,
    ownerText(hold.owner),
    filesystemNames(hold),
    printable(hold.purpose),
  ];
}

export function addHolds(program: Command, invocation: Invocation): void {
  program
    .command("holds")
    .description("list the live holds, newest first; with --json one hold a line")
    .option("--all", "ended ones, too, as far as the service remembers them")
    .action(async (flags: { readonly all?: true }, command: Command) => {
      await run(invocation, command, async ({ client, out }) => {
        const rows: (readonly string[])[] = [];
        for await (const hold of client.listHolds()) {
          if (hold.state === "ENDED" && flags.all !== true) continue;
          if (out.json) out.message("", { message_type: "hold", hold });
          else rows.push(holdRow(hold));
        }
        if (rows.length > 0) out.result(table([header, ...rows]), undefined);
        else out.note(flags.all === true ? "no holds" : "no live holds");
        return 0;
      });
    });
}
