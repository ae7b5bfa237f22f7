/** The demo: on the real kernel as root, else on the simulated one. Exit code 0: all of it held; 1: not; 130: interrupted. */
import { existsSync } from "node:fs";
import { capEffective } from "../os/process.js";
import { isInstalled } from "./command.js";
import { needed } from "./image.js";
import { runReal } from "./real.js";
import { runSimulated } from "./simulated.js";
import { Teller } from "./teller.js";
import { Workbench } from "./workbench.js";

const flags = process.argv.slice(2);
const unknown = flags.filter((argument) => argument !== "--simulated");
if (unknown.length > 0) {
  process.stderr.write(`unknown: ${unknown.join(" ")}\nusage: npm run demo [-- --simulated]\n`);
  process.exit(2);
}

const whySimulated = flags.includes("--simulated")
  ? "you asked for the simulated kernel"
  : whyNotReal();
const color = process.stdout.isTTY === true && (process.env.NO_COLOR ?? "") === "";
const teller = new Teller({
  mark: whySimulated === undefined ? "" : "[simulated] ",
  color,
  write: (text) => process.stdout.write(text),
});

const absent = whySimulated === undefined ? Object.keys(needed).filter((n) => !isInstalled(n)) : [];
if (absent.length > 0) {
  const packages = [...new Set(absent.map((name) => needed[name]))].join(", ");
  teller.say(`FAILED: ${absent.join(", ")} not installed: install ${packages}`, "bad");
  process.exit(1);
}

let interrupted = false;
const bench = Workbench.create();
// Whoever reads our output may leave; the file system must not stay frozen for that.
process.stdout.on("error", () => void interrupt("SIGPIPE"));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => void interrupt(signal));
}
async function interrupt(signal: string): Promise<void> {
  if (interrupted) return;
  interrupted = true;
  teller.say(`interrupted (${signal}): thawing and cleaning up`);
  teller.silence();
  const clean = await (await bench).undo();
  const mark = whySimulated === undefined ? "" : "[simulated] ";
  process.stdout.write(`${mark}${clean ? "nothing is left behind" : "FAILED to clean up"}\n`);
  process.exit(clean ? 130 : 1);
}

try {
  const run = whySimulated === undefined ? runReal : runSimulated;
  if (whySimulated !== undefined) teller.say(`Nothing real is frozen here: ${whySimulated}.`);
  await run(teller, await bench);
} catch (error) {
  teller.check(false, messageOf(error));
}
if (!interrupted) {
  const opened = await bench;
  const clean = await opened.undo();
  teller.check(clean, clean ? "nothing is left behind" : `left: ${opened.remains().join(", ")}`);
  const { failures, checks } = teller;
  if (failures > 0) for (const complaint of opened.complaints) teller.say(complaint);
  teller.say();
  const time = `${teller.seconds.toFixed(1)} s`;
  const onWhat = whySimulated === undefined ? "" : " on the simulated kernel";
  if (failures === 0) teller.say(`OK${onWhat}: ${checks} checks in ${time}`, "good");
  else teller.say(`FAILED${onWhat}: ${failures} of ${checks} checks in ${time}`, "bad");
  process.exit(failures === 0 ? 0 : 1);
}

function whyNotReal(): string | undefined {
  if (!capEffective())
    return "freezing takes root (CAP_SYS_ADMIN), so run it as root to see the real thing";
  if (!existsSync("/dev/loop-control"))
    return "this machine has no loop devices (/dev/loop-control)";
  return undefined;
}

/** The end of an `await using` may throw as well as its body did: SuppressedError, where the language has it, holds both. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("error" in error && "suppressed" in error) {
    return `${messageOf(error.suppressed)}; then ${messageOf(error.error)}`;
  }
  return error.message;
}
