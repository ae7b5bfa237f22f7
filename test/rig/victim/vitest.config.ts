import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["test/rig/victim/*.fixture.ts"], pool: "forks", maxWorkers: 1 },
});
