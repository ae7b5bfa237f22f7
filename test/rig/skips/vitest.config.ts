import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/rig/skips/*.fixture.ts"],
    reporters: ["default", "./test/support/skip-reporter.ts"],
  },
});
