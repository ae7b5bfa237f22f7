/** `fsfreezectl receipt`: what an ended hold was and whether it held. */
import type { Command } from "commander";
import { exitCodes } from "../../exit-codes.js";
import { receiptLines } from "../render.js";
import { type Invocation, run } from "../run.js";

export function addReceipt(program: Command, invocation: Invocation): void {
  program
    .command("receipt")
    .description(
      "print the receipt of an ended hold; with --json its file form; exits 0 whatever the verdict",
    )
    .argument("<hold-id>", "which hold")
    .action(async (holdId: string, _flags: unknown, command: Command) => {
      await run(invocation, command, async ({ client, out }) => {
        const { receipt, state } = await client.getHold(holdId);
        if (receipt === undefined) {
          out.error(
            new Error(`hold ${holdId} is ${state}: it gets its receipt when it ends`),
            exitCodes.refused,
          );
          return exitCodes.refused;
        }
        out.result(receiptLines(receipt).join("\n"), receipt);
        return 0;
      });
    });
}
