/** `fsfreezectl list`: every local file system. */
import type { Command } from "commander";
import { filesystemName, frozenByText, table } from "../render.js";
import { type Invocation, run } from "../run.js";

const header = ["FILE SYSTEM", "TYPE", "DEVICE", "STATE", "CAN BE FROZEN", "FROZEN BY"];

export function addList(program: Command, invocation: Invocation): void {
  program
    .command("list")
    .description("list the local file systems: can they be frozen, are they, by whom")
    .action(async (_flags: unknown, command: Command) => {
      await run(invocation, command, async ({ client, out }) => {
        const rows: (readonly string[])[] = [];
        for await (const info of client.listFilesystems()) {
          const { filesystem, state, refusal, frozenBy } = info;
          if (out.json) out.message("", { message_type: "filesystem", filesystem: info });
          else
            rows.push([
              filesystemName(filesystem),
              filesystem.type,
              `${filesystem.device.major}:${filesystem.device.minor}`,
              state,
              refusal?.reason ?? "yes",
              frozenBy.map(frozenByText).join(", "),
            ]);
        }
        if (!out.json) out.result(table([header, ...rows]), undefined);
        return 0;
      });
    });
}
