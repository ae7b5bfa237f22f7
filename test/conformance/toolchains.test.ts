/** The tests that a language brings itself, for what conformance cannot see. */
import { beforeAll, describe, test } from "vitest";
import { runTool } from "../../scripts/client-languages.mjs";
import { leaveOut } from "../support/requirements.js";
import { buildLimitMs, languages } from "./languages.js";

const testMs = 10 * 60_000;

for (const language of await languages()) {
  const { name, missing, broken, tests } = language;
  describe(name, () => {
    if (missing !== undefined)
      return test(`${name}: its own tests`, (context) => leaveOut(context, `${name}: ${missing}`));
    beforeAll(() => language.build(), buildLimitMs);
    if (broken !== undefined)
      return test(`${name}: its own tests`, () => {
        throw new Error(`clients/${name}: ${broken}`);
      });
    for (const [what, [command = "", ...args]] of Object.entries(tests)) {
      test(`${name}: ${what}`, () => runTool(command, args, { limitMs: testMs }), testMs + 10_000);
    }
    return undefined;
  });
}
