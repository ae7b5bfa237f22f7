/** `fsfreezectl hold`: freezes for as long as COMMAND runs, and says whether it held. */
import { type Command, Option } from "commander";
import { exitCodes } from "../../exit-codes.js";
import { parseDuration } from "../duration.js";
import { findCommand } from "../hold/find-command.js";
import { type HoldRequest, runHold } from "../hold/session.js";
import { adoptOrphans, runCommand } from "../hold/with-command.js";
import { runUntilToldToEnd } from "../hold/without-command.js";
import { type Context, type Invocation, run } from "../run.js";
import { addFreezing, type FreezeFlags, settingsOf, targetsOf } from "./options.js";

interface Flags extends FreezeFlags {
  readonly for: number;
  readonly renew?: true;
  readonly ttl?: number;
  readonly receipt?: string;
  readonly acceptUnproven?: true;
}

const defaultLease = 10_000;

const help = `
With COMMAND: freezes, runs COMMAND, thaws when it ends, and exits with COMMAND's code if the hold held.
COMMAND finds the hold's id in $FSFREEZE_HOLD_ID. The verdict goes to stderr; stdout is COMMAND's.
  - The hold breaks, or --for is over: said at once; COMMAND gets SIGTERM, and SIGKILL 5s later.
  - SIGINT, SIGTERM and SIGHUP are passed to COMMAND; it has 2.5s, then it is thawed and COMMAND killed.
  - COMMAND, or a process below it, hangs writing to what is frozen: said which and where, and thawed.
  - This program is killed or stopped (Ctrl-Z): thawed within about 2s.
Without COMMAND: prints the hold's id when it is frozen, and holds until SIGINT (Ctrl-C), SIGTERM or SIGHUP, or,
where stdin is a pipe, until its other end is closed; then the exit code is the verdict's: 0 if it held.

Examples:
  fsfreezectl hold /srv --receipt srv.json -- lvcreate --snapshot --name snap /dev/vg/srv --size 5G
  fsfreezectl hold /srv /var/lib/db --for 5m --renew -- ./snapshot-disks.sh`;

export function addHold(program: Command, invocation: Invocation): void {
  addFreezing(program.command("hold"))
    .description("freeze while COMMAND runs, thaw whatever happens, and say whether it held")
    .usage("[options] TARGET... [-- COMMAND [ARG]...]")
    .addOption(
      new Option("--for <duration>", "thaw at the latest after this, whatever COMMAND does")
        .argParser(parseDuration)
        .default(60_000, "60s"),
    )
    .option("--renew", "under --for, take a short lease and renew it for as long as all is well")
    .option("--ttl <duration>", "length of that lease (default: 10s)", parseDuration)
    .option("--receipt <file>", "write the receipt to FILE, as JSON, after the thaw")
    .option(
      "--accept-unproven",
      "take UNPROVEN for good: nothing wrong seen, a piece of proof missing",
    )
    .addHelpText("after", help)
    .action(async (texts: readonly string[], flags: Flags, command: Command) => {
      const targets = targetsOf(command, texts, flags);
      if (flags.ttl !== undefined && flags.renew !== true)
        command.error("error: --ttl is the lease of --renew; alone, --for says how long");
      if (invocation.rest?.length === 0) command.error("error: no COMMAND after --");
      const request: HoldRequest = {
        targets,
        settings: settingsOf(flags),
        holdFor: flags.for,
        lease: flags.renew === true ? (flags.ttl ?? defaultLease) : undefined,
        acceptUnproven: flags.acceptUnproven === true,
        receipt: flags.receipt,
        command: invocation.rest,
      };
      await run(invocation, command, (context) => hold(context, request));
    });
}

async function hold(context: Context, request: HoldRequest): Promise<number> {
  const { command } = request;
  if (command === undefined) return await runHold(context, request, runUntilToldToEnd);
  const [file = ""] = command;
  const found = findCommand(file, context.env.PATH);
  if (found !== "executable") {
    const code = found === "not-found" ? exitCodes.commandNotFound : exitCodes.commandNotExecutable;
    const why = found === "not-found" ? "is not found" : "cannot be executed";
    context.out.error(new Error(`nothing was frozen, because ${file} ${why}`), code);
    return code;
  }
  // Before the freeze: loading it afterwards would be one more thing to wait for.
  const reap = await adoptOrphans();
  return await runHold(context, request, (session) => runCommand(session, command, reap));
}
