/** `fsfreezed doctor` on this machine, with privilege and without. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { run } from "../support/command.js";
import { requires } from "../support/requirements.js";

const program = fileURLToPath(new URL("../../dist/cli/fsfreezed.cjs", import.meta.url));

async function doctor(...through: readonly string[]) {
  const [first = "", ...rest] = [...through, process.execPath, program, "doctor", "--json"];
  const { code, stdout } = await run(first, rest);
  const { checks } = JSON.parse(stdout) as {
    readonly checks: readonly Readonly<Record<"name" | "level" | "detail" | "mend", string>>[];
  };
  return { code, level: (name: string) => checks.find((check) => check.name === name)?.level };
}

requires("root", "bpf").describe("fsfreezed doctor", () => {
  test("finds that root can freeze and look", async () => {
    const { code, level } = await doctor();
    expect(code).toBe(0);
    for (const name of ["privilege", "exact frozen state (BPF)"]) {
      expect(level(name)).toBe("ok");
    }
  });

  test("fails without CAP_SYS_ADMIN, and warns of what else is missing", async () => {
    const drop = ["setpriv", "--bounding-set=-sys_admin,-bpf", "--inh-caps=-all"];
    const { code, level } = await doctor(...drop);
    expect(code).toBe(1);
    expect(level("privilege")).toBe("fail");
    expect(level("exact frozen state (BPF)")).toBe("warn");
  });
});
