/**
 * Random holds and random faults for a while. Alone it has each fault once; `npm run soak -- --minutes N --seed S` goes on from
 * there. What the numbers mean: plan.ts.
 */
import { expect } from "vitest";
import { requires } from "../support/requirements.js";
import { faults, planEpisode } from "./plan.js";
import { Soak, type Tally } from "./soak.js";

const minute = 60_000;
const minutes = Number(process.env.FSFREEZED_SOAK_MINUTES ?? "0");
const seed = Number(process.env.FSFREEZED_SOAK_SEED ?? "1");
const only = (process.env.FSFREEZED_SOAK_ONLY ?? "").split(" ").filter(Boolean).map(Number);

/** ADMINISTRATOR needs a second user, DEVICE_FAILED a lost device: they have tests of their own. */
const expectedEndCauses = [
  "RELEASED",
  "CLIENT_GONE",
  "EXPIRED",
  "FREEZE_FAILED",
  "FOREIGN_THAW",
  "SHUTDOWN",
  "DAEMON_RESTART",
];
const expectedVerdicts = ["INTACT", "NOT_INTACT", "UNPROVEN", "NEVER_FROZEN"];

requires("root", "loop", "ext4", "xfs", "btrfs", "bpf", "python3", "userfaultfd", "fstrim").test(
  "whatever happens, nothing stays frozen and no receipt lies",
  async () => {
    console.log(`seed ${seed}`);
    const soak = await Soak.start();
    let problems: readonly string[] = [];
    const start = performance.now();
    const goesOn = (n: number) =>
      only.length > 0
        ? n < only.length
        : n < faults.length || performance.now() - start < minutes * minute;
    try {
      for (let n = 0; goesOn(n) && problems.length === 0; n++) {
        const plan = planEpisode(seed, only[n] ?? n);
        const began = performance.now();
        const logged = soak.log.length;
        problems = await soak.run(plan).catch((error: unknown) => [String(error)]);
        const ms = Math.round(performance.now() - began);
        console.log(`episode ${plan.index}: ${plan.fault} on ${plan.main}, ${ms} ms`);
        if (problems.length === 0) continue;
        const replay = `npm run soak -- --seed ${seed} --only ${plan.index}`;
        console.log(
          [...problems, JSON.stringify(plan), soak.log.slice(logged), `again: ${replay}`].join(
            "\n",
          ),
        );
      }
    } finally {
      tell(soak.tally);
      await soak.stop();
    }
    expect(problems).toEqual([]);
    if (only.length > 0) return;
    expect(soak.looks).toBeGreaterThan(faults.length);
    const missing = (expected: readonly string[], counts: ReadonlyMap<string, number>) =>
      expected.filter((name) => !counts.has(name));
    expect(missing(faults, soak.tally.faults)).toEqual([]);
    expect(missing(expectedVerdicts, soak.tally.verdicts)).toEqual([]);
    expect(missing(expectedEndCauses, soak.tally.endCauses)).toEqual([]);
  },
  { timeout: minutes * minute + 10 * minute },
);

function tell(tally: Tally): void {
  for (const [title, counts] of Object.entries(tally)) {
    const pairs = [...counts].map(([name, count]) => `${name} ${count}`);
    console.log(`${title}: ${pairs.toSorted().join(", ")}`);
  }
}
