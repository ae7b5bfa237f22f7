/** The service's own command: serve, drain, recover, doctor. Clients use fsfreezectl. */
import { Command } from "commander";
import { version } from "../version.js";
import { addDoctor } from "./doctor.js";
import { addDrain } from "./drain.js";
import { addRecover } from "./recover.js";
import { addServe } from "./serve.js";

export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command("fsfreezed")
    .description(
      "Freezes Linux file systems for consistent snapshots, over gRPC, and thaws them whoever dies.",
    )
    .version(version)
    .showHelpAfterError("(fsfreezed --help says more)");
  addServe(program);
  addDrain(program);
  addRecover(program);
  addDoctor(program);
  await program.parseAsync(argv);
}
