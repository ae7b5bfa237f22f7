// `npm run soak`: random holds and faults on real file systems for a while. Needs root and a built tree.
//
//   npm run soak -- --minutes 30 --seed 7     from a seed; each fault at least once, also in 0 minutes
//   npm run soak -- --seed 7 --only 12 13     some episodes of it again

import { join } from "node:path";
import { parseArgs } from "node:util";
import { run } from "./child-process.mjs";
import { root } from "./root.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: "string", default: "5" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    only: { type: "string" },
  },
});
const only = values.only === undefined ? [] : [values.only, ...positionals];
const numbers = [values.minutes, values.seed, ...only].map(Number);
if (numbers.some(Number.isNaN) || (values.only === undefined && positionals.length > 0)) {
  console.error("usage: npm run soak -- [--minutes N] [--seed S] [--only EPISODE...]");
  process.exit(2);
}
const { ok } = await run(
  process.execPath,
  [
    join(root, "node_modules/vitest/vitest.mjs"),
    ...["run", "--project", "alone", "test/soak/soak.test.ts", "--disableConsoleIntercept"],
  ],
  {
    limitMs: (Number(values.minutes) + 15) * 60_000,
    env: {
      FSFREEZED_SOAK_MINUTES: values.minutes,
      FSFREEZED_SOAK_SEED: values.seed,
      FSFREEZED_SOAK_ONLY: only.join(" "),
      FSFREEZED_SKIPS: "fail",
    },
  },
);
process.exit(ok ? 0 : 1);
