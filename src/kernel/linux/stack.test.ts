import { expect, test } from "vitest";
import { deviceOfNumber } from "./block-devices.js";
import { decodeDevice } from "./ext-superblock.js";
import { MountTable, parseMountinfo } from "./mountinfo.js";
import { overlayDirectories, stackBelow } from "./stack.js";

test("an overlay's directories are told apart, escapes included", () => {
  expect(
    overlayDirectories([
      "rw",
      "lowerdir=/a:/b\\:c:/d\\\\e",
      "upperdir=/up",
      "workdir=/work",
      "lowerdir+=/f",
      "uuid=on",
    ]),
  ).toEqual(["/a", "/b:c", "/d\\e", "/up", "/work", "/f"]);
});

test("layers of an overlay on file systems that are no block devices, nearest first, each once", () => {
  const lines = [
    "27 1 0:50 / / rw - tmpfs none rw",
    "30 27 0:51 / /store rw - tmpfs none rw",
    "31 27 0:52 / /merged rw - overlay o rw,lowerdir=/store/a:/b,upperdir=/store/u,workdir=/store/w",
  ];
  const mounts = parseMountinfo(Buffer.from(lines.join("\n")));
  const top = mounts[2];
  if (top === undefined) throw new Error("three lines are three mounts");
  const stack = stackBelow(new MountTable(mounts, undefined), top, () => undefined);
  expect(stack.layers).toEqual([
    { key: "0:51", mountPoint: "/store", via: "overlay:/store/a" },
    { key: "0:50", mountPoint: "/", via: "overlay:/b" },
  ]);
  expect(stack.suspended).toEqual([]);
});

test("an overlay that contains itself ends", () => {
  const mounts = parseMountinfo(
    Buffer.from("27 1 0:50 / / rw - overlay o rw,lowerdir=/l,upperdir=/u,workdir=/w"),
  );
  const [top] = mounts;
  if (top === undefined) throw new Error("one line is one mount");
  expect(stackBelow(new MountTable(mounts, undefined), top, () => undefined).layers).toEqual([]);
});

test("device numbers are decoded as glibc and as ext4 encode them", () => {
  // makedev(259, 1048575) of glibc; new_encode_dev(259:70000) of the kernel.
  expect(deviceOfNumber(259 * 256 + 0xff + 0xfff00 * 4096)).toEqual({ major: 259, minor: 1048575 });
  expect(deviceOfNumber(7 * 256 + 3)).toEqual({ major: 7, minor: 3 });
  const encoded = (70000 & 0xff) | (259 << 8) | ((70000 & ~0xff) << 12);
  expect(decodeDevice(encoded)).toEqual({ major: 259, minor: 70000 });
});
