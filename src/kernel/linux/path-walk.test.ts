import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MountTable, parseMountinfo } from "./mountinfo.js";
import { walkPath } from "./path-walk.js";
import { Lane } from "./thread-lanes.js";

let directory = "";
let real = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "fsfreezed-walk-"));
  real = readFileSync("/proc/self/mountinfo", "latin1");
  mkdirSync(join(directory, "plain/deep"), { recursive: true });
  writeFileSync(join(directory, "file"), "");
  symlinkSync("plain", join(directory, "relative"));
  symlinkSync(join(directory, "plain"), join(directory, "absolute"));
  symlinkSync("dead/export", join(directory, "to-dead"));
  symlinkSync("circle", join(directory, "circle"));
});
afterAll(() => rmSync(directory, { recursive: true }));

/**
 * The real table, and one mount more that exists in the text only: a look at it would say ENOENT.
 */
function tableWith(type: string): MountTable {
  const mounts = parseMountinfo(Buffer.from(real, "latin1"));
  const last = new MountTable(mounts, undefined).walk(directory as never).at(-1)?.mount;
  const line = `99999 ${last?.id} 0:77 / ${directory}/dead rw - ${type} server:/export rw`;
  return new MountTable([...mounts, ...parseMountinfo(Buffer.from(line))], undefined);
}

async function walk(path: string, type = "nfs4") {
  const found = await walkPath(path, tableWith(type), new Lane(1));
  return found.ok ? found.value.place.path : found.refusal;
}

test("symbolic links and dots lead where the kernel would go", async () => {
  const deep = `${directory}/plain/deep`;
  expect(await walk(deep)).toBe(deep);
  expect(await walk(`${directory}/relative/deep`)).toBe(deep);
  expect(await walk(`${directory}/absolute/./deep/`)).toBe(deep);
  expect(await walk(`${directory}/absolute/../plain/../relative/deep`)).toBe(deep);
  expect(await walk("/../..")).toBe("/");
});

test.each(["nfs", "nfs4", "cifs", "autofs", "fuse.sshfs", "fuseblk", "9p", "ceph"])(
  "nothing on %s, or reached through it, is touched",
  async (type) => {
    for (const path of ["dead", "dead/below", "dead/..", "to-dead", "to-dead/x", "plain/../dead"])
      expect(await walk(`${directory}/${path}`, type)).toMatchObject({
        reason: "NOT_FREEZABLE",
        metadata: { type, path: `${directory}/dead` },
      });
  },
);

test("a mount that may be touched is looked at, and says that it is not there", async () => {
  expect(await walk(`${directory}/dead`, "ext4")).toMatchObject({
    reason: "TARGET_NOT_FOUND",
    metadata: { errno: "ENOENT", path: `${directory}/dead` },
  });
});

test("refusals name the component at fault", async () => {
  expect(await walk(`${directory}/nothing/x`)).toMatchObject({
    reason: "TARGET_NOT_FOUND",
    metadata: { path: `${directory}/nothing`, errno: "ENOENT" },
  });
  expect(await walk(`${directory}/file/x`)).toMatchObject({
    reason: "NOT_A_DIRECTORY",
    metadata: { path: `${directory}/file`, kind: "file" },
  });
  expect(await walk(`${directory}/circle`)).toMatchObject({
    reason: "TARGET_NOT_FOUND",
    metadata: { errno: "ELOOP" },
  });
});

test("paths that cannot be paths are invalid, and are not repeated at length", async () => {
  for (const path of ["", "relative", "/a\0b", `/${"x/".repeat(500_000)}`]) {
    const refusal = await walk(path);
    expect(refusal).toMatchObject({ reason: "INVALID_REQUEST", metadata: { field: "path" } });
    expect(JSON.stringify(refusal).length).toBeLessThan(1000);
  }
});

test("the links of a process in procfs lead into its own view, and are not followed", async () => {
  expect(await walk("/proc/self/status")).toBe(`/proc/${process.pid}/status`);
  expect(await walk("/proc/self/root/etc")).toMatchObject({
    reason: "TARGET_NOT_FOUND",
    metadata: { errno: "ELOOP" },
  });
});
