import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { requires } from "../../test/support/requirements.js";
import type { Log } from "../observe/log.js";
import { tryLockDirectory } from "../os/lock.js";
import { filesystemTypeOf, mountTmpfs, unmount } from "../os/mounts.js";
import { openJournal } from "./journal.js";
import { prepareStateDirectory, StateDirectoryBusy } from "./state-directory.js";
import { endedRecord } from "./testing/records.js";

let base: string;
let path: string;
let warnings: string[];
const note = (message: string) => warnings.push(message);
const log: Log = { debug: note, info: note, warn: note, error: note };
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "fsfreezed-state-"));
  path = join(base, "deep", "state");
  warnings = [];
});
afterEach(() => {
  for (const mounted of [join(path, "bpf"), path, path]) {
    try {
      unmount(mounted, { lazy: true });
    } catch {
      // It was not mounted.
    }
  }
  rmSync(base, { recursive: true, force: true });
});

function prepare() {
  return prepareStateDirectory(path, log);
}

/** As another process would find it: flock(2) excludes descriptors, also of one process. */
async function expectBusy(): Promise<void> {
  await expect(prepare()).rejects.toThrow(StateDirectoryBusy);
}

requires("root").describe("with privilege", () => {
  test("a directory that is not on memory becomes a tmpfs with a bpffs, and goes away again", async () => {
    const state = await prepare();
    expect(state).toMatchObject({ path, onMemory: true, bpffs: join(path, "bpf") });
    expect(filesystemTypeOf(path)).toBe("tmpfs");
    expect(filesystemTypeOf(join(path, "bpf"))).toBe("bpffs");
    expect(statSync(join(path, "lock")).mode & 0o777).toBe(0o600);
    mkdirSync(state.journal);
    writeFileSync(join(state.journal, "receipt"), "");
    state.removeAll();
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(base)).toEqual(["deep"]);
    expect(warnings).toEqual([]);
  });

  test("what was in it before is covered, and there again afterwards", async () => {
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, "precious"), "data");
    const state = await prepare();
    expect(existsSync(join(path, "precious"))).toBe(false);
    state.removeAll();
    expect(readdirSync(path)).toEqual(["precious"]);
  });

  test("one on memory already is used as it is, and only ours is removed", async () => {
    mkdirSync(path, { recursive: true });
    mountTmpfs(path);
    writeFileSync(join(path, "other"), "");
    const state = await prepare();
    openJournal(state.journal, () => {});
    expect(state.onMemory).toBe(true);
    state.removeAll();
    expect(filesystemTypeOf(path)).toBe("tmpfs");
    expect(readdirSync(path)).toEqual(["other"]);
  });

  test("one on memory already keeps the receipts", async () => {
    mkdirSync(path, { recursive: true });
    mountTmpfs(path);
    const state = await prepare();
    const record = endedRecord("h-1");
    openJournal(state.journal, () => {}).writeHold(record);
    state.removeAll();
    expect(readdirSync(path)).toEqual(["journal"]);
    expect(readdirSync(state.journal)).toEqual(["holds"]);
    const next = await prepare();
    expect(openJournal(next.journal, () => {}).holds()).toEqual([record]);
    next.release();
  });

  test("what a killed service mounted is used, and removed by who ends well", async () => {
    const killed = await prepare();
    mkdirSync(killed.journal);
    writeFileSync(join(killed.journal, "grant"), "");
    killed.release();
    const state = await prepare();
    expect(readdirSync(state.journal)).toEqual(["grant"]);
    expect(warnings).toEqual([]);
    state.removeAll();
    expect(filesystemTypeOf(path)).not.toBe("tmpfs");
    // It was there when this one came, so it is left.
    expect(readdirSync(path)).toEqual([]);
  });

  test("is left whole for recovery by `release`", async () => {
    const state = await prepare();
    mkdirSync(state.journal);
    state.release();
    expect(filesystemTypeOf(path)).toBe("tmpfs");
    expect(existsSync(state.journal)).toBe(true);
  });

  test("two never have it at once", async () => {
    const state = await prepare();
    await expectBusy();
    expect(filesystemTypeOf(path)).toBe("tmpfs");
    state.release();
    (await prepare()).removeAll();
    // One mount, not two on top of each other.
    expect(() => unmount(path)).toThrow();
  });

  test("two never have it at once, also where both find it unmounted", async () => {
    mkdirSync(path, { recursive: true });
    // As one that is about to mount.
    const other = tryLockDirectory(path);
    await expectBusy();
    expect(filesystemTypeOf(path)).not.toBe("tmpfs");
    other?.release();
    (await prepare()).removeAll();
  });

  test("who still uses it when it is removed keeps nobody from that", async () => {
    const state = await prepare();
    const busy = spawnSync("sh", ["-c", 'cd "$0" && exec sleep 0', path]);
    expect(busy.status).toBe(0);
    process.chdir(path);
    try {
      state.removeAll();
    } finally {
      process.chdir("/");
    }
    expect(existsSync(path)).toBe(false);
  });

  test("somebody else's unmount before ours is no error", async () => {
    const state = await prepare();
    unmount(join(path, "bpf"));
    unmount(path, { lazy: true });
    state.removeAll();
    expect(existsSync(path)).toBe(false);
  });
});

test("a path that is a file is refused", async () => {
  mkdirSync(join(base, "deep"));
  writeFileSync(path, "");
  await expect(prepare()).rejects.toThrow(/EEXIST|ENOTDIR/);
});
