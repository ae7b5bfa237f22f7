/** The command line of fsfreezectl. */
import { Command, CommanderError } from "commander";
import { version } from "../../version.js";
import { exitCodeHelp, exitCodes, healthExitCodes } from "../exit-codes.js";
import { addConnectionOptions } from "./connection.js";
import type { Invocation } from "./run.js";
import { addFreeze } from "./verbs/freeze.js";
import { addHealth } from "./verbs/health.js";
import { addHold } from "./verbs/hold.js";
import { addHolds } from "./verbs/holds.js";
import { addList } from "./verbs/list.js";
import { addPlan } from "./verbs/plan.js";
import { addReceipt } from "./verbs/receipt.js";
import { addRenew } from "./verbs/renew.js";
import { addStatus } from "./verbs/status.js";
import { addThaw } from "./verbs/thaw.js";
import { addWatch } from "./verbs/watch.js";

const verbs = [
  addHold,
  addFreeze,
  addThaw,
  addRenew,
  addStatus,
  addHolds,
  addReceipt,
  addList,
  addPlan,
  addWatch,
  addHealth,
] as const;

function programFor(invocation: Invocation): Command {
  const program = addConnectionOptions(new Command("fsfreezectl"))
    .description(
      "Freezes Linux file systems for consistent snapshots through fsfreezed, which thaws them whoever dies.",
    )
    .version(version)
    .option("--json", "results as JSON (proto3 mapping), streams as JSON lines with a message_type")
    .addHelpText("after", "\nDurations have a unit: 500ms, 10s, 2m. Instants are RFC 3339 in UTC.")
    .addHelpText("after", exitCodeHelp)
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError("(fsfreezectl --help, or fsfreezectl VERB --help, says more)")
    .exitOverride();
  for (const add of verbs) add(program, invocation);
  // Subcommands do not inherit what was configured before they were added.
  for (const command of program.commands)
    command
      .copyInheritedSettings(program)
      .showHelpAfterError(`(fsfreezectl ${command.name()} --help says more)`);
  return program;
}

/** Resolves with the exit code. `argv`: without the program's own name. */
export async function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  // Commander would mix what is behind a `--` with what is before it.
  const dashes = argv.indexOf("--");
  const own = dashes < 0 ? argv : argv.slice(0, dashes);
  const rest = dashes < 0 ? undefined : argv.slice(dashes + 1);
  const invocation: Invocation = { env, rest, exitCode: exitCodes.done };
  let verb: string | undefined;
  const program = programFor(invocation).hook("preSubcommand", (_program, command) => {
    verb = command.name();
  });
  try {
    await program.parseAsync(own, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version are thrown, too, with 0.
    if (error.exitCode === 0) return exitCodes.done;
    return verb === "health" ? healthExitCodes.usage : exitCodes.usage;
  }
  return invocation.exitCode;
}
