import { defineConfig } from "vitest/config";

/** They take a processor, or the machine's memory, for themselves. */
const alone = ["test/soak/**/*.test.ts", "test/faults/{out-of-memory,own-root}.test.ts"];

/**
 * `unit` needs nothing but Node. The others freeze real file systems where the machine allows it, each file in a process of its own
 * (the rig's guard cleans up when that process ends) and with what that made alone. Most of them wait most of the time, so two of them
 * run side by side.
 */
const onRealKernel = {
  pool: "forks",
  isolate: true,
  maxWorkers: 2,
  // After the unit tests.
  sequence: { groupOrder: 1 },
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // Another tenant of the machine can take the processor from a test with a bound. What passes on its second try only is named at the
  // end of `npm test`. (Projects inherit nothing from the configuration around them.)
  retry: process.env.CI === undefined ? 0 : 1,
  setupFiles: ["test/support/setup.ts"],
} as const;

export default defineConfig({
  test: {
    globalSetup: ["test/support/global-setup.ts"],
    reporters: ["default", "./test/support/skip-reporter.ts"],
    teardownTimeout: 30_000,
    projects: [
      {
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "clients/typescript/src/**/*.test.ts"],
        },
      },
      {
        test: {
          ...onRealKernel,
          name: "kernel",
          include: ["test/kernel-*/**/*.test.ts", "test/rig/**/*.test.ts"],
        },
      },
      {
        test: {
          ...onRealKernel,
          name: "e2e",
          include: ["test/**/*.test.ts"],
          exclude: ["test/kernel-*/**", "test/rig/**", "test/conformance/**", ...alone],
        },
      },
      {
        test: {
          ...onRealKernel,
          name: "alone",
          include: alone,
          maxWorkers: 1,
          // One wrong verdict in a soak is one too many.
          retry: 0,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          ...onRealKernel,
          name: "conformance",
          include: ["test/conformance/**/*.test.ts"],
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
          // A healthy hold that was lost once is one too many, too.
          retry: 0,
          // Drivers wait for their turn and are counted as running: no limit of vitest's own.
          maxConcurrency: 100,
        },
      },
    ],
  },
});
