import { defineConfig } from "vitest/config";

/**
 * `unit` needs nothing but Node. `kernel`, `e2e` and `conformance` freeze real file systems where the machine allows it: one file at
 * a time, each in a process of its own (the rig's guard cleans up when that process ends).
 */
const onRealKernel = {
  pool: "forks",
  isolate: true,
  fileParallelism: false,
  maxWorkers: 1,
  testTimeout: 60_000,
  hookTimeout: 60_000,
  setupFiles: ["test/support/setup.ts"],
} as const;

export default defineConfig({
  test: {
    globalSetup: ["test/support/global-setup.ts"],
    reporters: ["default", "./test/support/skip-reporter.ts"],
    teardownTimeout: 30_000,
    // A test that passes on its second try only is named at the end of `npm test`.
    retry: process.env.CI === undefined ? 0 : 1,
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
          exclude: ["test/kernel-*/**", "test/rig/**", "test/conformance/**"],
        },
      },
      {
        test: {
          ...onRealKernel,
          name: "conformance",
          include: ["test/conformance/**/*.test.ts"],
          // Drivers wait for their turn and are counted as running: no limit of vitest's own.
          maxConcurrency: 100,
        },
      },
    ],
  },
});
