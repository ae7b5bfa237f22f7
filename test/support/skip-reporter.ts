import type { Reporter, TestModule } from "vitest/node";

/** Prints at the end how many tests were skipped and for which reasons. */
export default class SkipReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = new Map<string, number>();
    for (const module of modules) {
      for (const test of module.children.allTests("skipped")) {
        const result = test.result();
        const reason =
          (result.state === "skipped" ? result.note : undefined) ??
          "no reason given (a filter, or test.skip)";
        counts.set(reason, (counts.get(reason) ?? 0) + 1);
      }
    }
    if (counts.size === 0) return;
    process.stdout.write("\nSkipped:\n");
    for (const [reason, count] of counts) process.stdout.write(`  ${count} x ${reason}\n`);
  }
}
