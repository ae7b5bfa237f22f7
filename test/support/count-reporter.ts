import { writeFileSync } from "node:fs";
import type { Reporter, SerializedError, TestCase, TestModule } from "vitest/node";

export interface Counts {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  /** Passed, and failed on the first try. */
  readonly flaky: readonly string[];
  /** Name and reason. */
  readonly skipped: readonly (readonly [string, string])[];
}

/**
 * Writes what became of every test to the file named by FSFREEZED_COUNTS, for the line that `npm test` ends with. What never came to
 * run, because its file, its suite or its process broke, is a failure.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const file = process.env.FSFREEZED_COUNTS ?? "";
    if (file !== "") writeFileSync(file, JSON.stringify(countsOf(modules, errors)));
  }
}

function countsOf(modules: readonly TestModule[], errors: readonly SerializedError[]): Counts {
  const passed: string[] = [];
  const failed: string[] = [];
  const flaky: string[] = [];
  const skipped: [string, string][] = [];
  for (const module of modules) {
    const place = `${module.project.name} ${module.relativeModuleId}`;
    const nameOf = (test: TestCase) => `${place} > ${test.fullName}`;
    for (const test of module.children.allTests()) {
      const result = test.result();
      if (test.diagnostic()?.flaky) flaky.push(nameOf(test));
      if (result.state === "passed") passed.push(nameOf(test));
      else if (result.state === "skipped" && isInBrokenSuite(test))
        failed.push(`${nameOf(test)} (did not run)`);
      else if (result.state === "skipped") skipped.push([nameOf(test), result.note ?? ""]);
      else failed.push(result.state === "failed" ? nameOf(test) : `${nameOf(test)} (did not run)`);
    }
    for (const suite of module.children.allSuites()) {
      if (suite.errors().length > 0) failed.push(`${place} > ${suite.fullName} (the suite)`);
    }
    if (module.errors().length > 0 || module.state() === "pending" || module.state() === "queued") {
      failed.push(`${place} (the file)`);
    }
  }
  for (const error of errors) failed.push(`unhandled: ${error.message}`);
  return { passed, failed, flaky, skipped };
}

/** Where beforeAll throws, vitest reports the tests as skipped. */
function isInBrokenSuite(test: TestCase): boolean {
  let { parent } = test;
  while (parent.type === "suite") {
    if (parent.errors().length > 0) return true;
    parent = parent.parent;
  }
  return false;
}
