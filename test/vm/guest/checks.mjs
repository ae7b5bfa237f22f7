// One line for each check on stdout: "ok NAME: DETAIL", "FAIL NAME: WHY" or "skip NAME: WHY". scripts/test-vm.mjs counts them.

let failed = 0;
/** For who works on one of them. */
const only = new RegExp(process.env.VM_ONLY ?? "");

export function pass(name, detail) {
  process.stdout.write(`ok ${name}${detail === undefined ? "" : `: ${detail}`}\n`);
}

export function fail(name, why) {
  failed += 1;
  process.stdout.write(`FAIL ${name}: ${String(why).trim().replaceAll("\n", "\n     ")}\n`);
}

export function skip(name, why) {
  process.stdout.write(`skip ${name}: ${why ?? "no reason given"}\n`);
}

/** Runs a check; what it answers is told beside its name. After a failure the next one is tried all the same. */
export async function check(name, body) {
  if (!only.test(name)) return true;
  try {
    pass(name, await body());
    return true;
  } catch (error) {
    const { reason, message } = error;
    fail(name, `${reason === undefined ? "" : `${reason}: `}${message ?? error}`);
    return false;
  }
}

export function expect(condition, message) {
  if (!condition) throw new Error(message);
}

export function finish() {
  process.exit(failed === 0 ? 0 : 1);
}
