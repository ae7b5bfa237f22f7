import { expect, test } from "vitest";
import {
  deviceKey,
  MountTable,
  mountIdOfFdinfo,
  parseDevice,
  parseMountinfo,
} from "./mountinfo.js";
import { bytesOfText, textOf } from "./path-bytes.js";

function table(lines: readonly string[], rootId?: number): MountTable {
  return new MountTable(parseMountinfo(Buffer.from(lines.join("\n"), "latin1")), rootId);
}

const root = "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard";

function mountAt(mounts: MountTable, path: string): number | undefined {
  return mounts.walk(bytesOfText(path)).at(-1)?.mount?.id;
}

test("a line becomes a mount, whatever number of optional fields it has", () => {
  const lines = [
    root,
    "36 27 7:3 /sub /mnt/data rw shared:1 master:2 - xfs /dev/loop3 ro,logdev=/dev/sdb1",
    "no mount at all",
    "37 27 x:3 / /mnt/x rw - xfs /dev/x rw",
  ];
  const [first, second, ...rest] = parseMountinfo(Buffer.from(lines.join("\n")));
  expect(first).toMatchObject({ id: 27, parentId: 1, key: "254:0", type: "ext4", root: "/" });
  expect(second).toEqual({
    id: 36,
    parentId: 27,
    key: "7:3",
    device: { major: 7, minor: 3 },
    root: "/sub",
    mountPoint: "/mnt/data",
    type: "xfs",
    source: "/dev/loop3",
    superOptions: ["ro", "logdev=/dev/sdb1"],
  });
  expect(rest).toEqual([]);
});

test("octal escapes and bytes that are no UTF-8 survive", () => {
  const [mount] = parseMountinfo(
    Buffer.from("40 27 7:1 / /mnt/a\\040b\\011c\\134d\xff rw - ext4 /dev/x\\040y rw", "latin1"),
  );
  expect(mount?.mountPoint).toBe("/mnt/a b\tc\\d\xff");
  expect(mount === undefined ? "" : textOf(mount.mountPoint)).toBe("/mnt/a b\tc\\d\\xff");
  expect(mount?.source).toBe("/dev/x y");
});

test("a path leads into the deepest mount on the way", () => {
  const mounts = table([
    root,
    "36 27 7:3 / /mnt rw - xfs /dev/loop3 rw",
    "37 36 7:4 / /mnt/in rw - ext4 /dev/l rw",
  ]);
  expect(mountAt(mounts, "/")).toBe(27);
  expect(mountAt(mounts, "/mntx")).toBe(27);
  expect(mountAt(mounts, "/mnt/a/b")).toBe(36);
  expect(mountAt(mounts, "/mnt/in/deep")).toBe(37);
});

test("the topmost of several mounts at one place wins, whatever the order of the lines", () => {
  const lower = "36 27 7:3 / /mnt rw - xfs /dev/loop3 rw";
  const upper = "90 36 7:4 / /mnt rw - ext4 /dev/loop4 rw";
  for (const lines of [
    [root, lower, upper],
    [upper, lower, root],
  ]) {
    const mounts = table(lines);
    expect(mountAt(mounts, "/mnt")).toBe(90);
    expect(
      mounts.mounts
        .filter((mount) => mounts.visible(mount))
        .map((m) => m.id)
        .sort(),
    ).toEqual([27, 90]);
  }
});

test("a mount below a covered directory is not visible", () => {
  const mounts = table([
    root,
    "36 27 7:3 / /mnt rw - xfs /dev/loop3 rw",
    "37 36 7:4 / /mnt/in rw - ext4 /dev/loop4 rw",
    "38 36 7:5 / /mnt rw - ext4 /dev/loop5 rw",
  ]);
  expect(mountAt(mounts, "/mnt/in")).toBe(38);
  const covered = mounts.byId(37);
  expect(covered !== undefined && mounts.visible(covered)).toBe(false);
});

test("the root is the mount that the descriptor of / is on", () => {
  const lines = ["1 1 0:2 / / rw - rootfs rootfs rw", "27 1 254:0 / / rw - ext4 /dev/vda rw"];
  expect(table(lines).root().mount?.id).toBe(27);
  expect(table(lines, 1).root().mount?.id).toBe(1);
  expect(table([]).root().mount).toBeUndefined();
});

test("devices and mount ids are read from their text", () => {
  expect(parseDevice("254:16\n")).toEqual({ major: 254, minor: 16 });
  expect(parseDevice("254")).toBeUndefined();
  expect(deviceKey({ major: 0, minor: 39 })).toBe("0:39");
  expect(mountIdOfFdinfo("pos:\t0\nflags:\t0100000\nmnt_id:\t27\nino:\t2\n")).toBe(27);
  expect(mountIdOfFdinfo("pos:\t0\n")).toBeUndefined();
});
