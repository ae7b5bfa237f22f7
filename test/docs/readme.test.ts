/** What the README tells to type is run as it stands there; only the names of this machine are put in. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { CertificateAuthority } from "../support/certificates.js";
import { must, run } from "../support/command.js";
import { expectThawed } from "../support/kernel-truth.js";
import { createLoopFilesystem, type LoopFilesystem } from "../support/loop-filesystem.js";
import { requires } from "../support/requirements.js";
import { rigSession } from "../support/rig-session.js";
import { startProcess, type TrackedProcess } from "../support/tracked-process.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const readme = readFileSync(join(root, "README.md"), "utf8");

/** The code below a heading, in order. */
function blocks(heading: string, language: string): readonly string[] {
  const [, section = ""] = readme.split(`\n## ${heading}\n`);
  const end = section.search(/^## /m);
  const text = end < 0 ? section : section.slice(0, end);
  const pattern = new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "gm");
  return [...text.matchAll(pattern)].map(([, code = ""]) => code);
}

/** A directory to work in, with the programs as an installation has them. */
async function makePlace(): Promise<{ readonly place: string; readonly path: string }> {
  const place = (await rigSession()).makeDirectory("readme");
  const bin = join(place, "bin");
  mkdirSync(bin);
  symlinkSync(join(root, "dist/cli/fsfreezed.cjs"), join(bin, "fsfreezed"));
  symlinkSync(join(root, "dist/cli/fsfreezectl.js"), join(bin, "fsfreezectl"));
  symlinkSync(join(root, "node_modules"), join(place, "node_modules"));
  return { place, path: `${bin}:${process.env.PATH ?? ""}` };
}

/** Copies the image, as the README's reader has something that takes a snapshot. */
function writeSnapshotProgram(place: string, filesystem: LoopFilesystem): void {
  const script = join(place, "take-snapshot.sh");
  writeFileSync(script, `#!/bin/sh\nexec cp --sparse=always ${filesystem.image} snapshot.img\n`);
  chmodSync(script, 0o755);
}

/** The command of a block, with the names of this machine. Each must be there: else the README says something else by now. */
function adapt(code: string, names: Readonly<Record<string, string>>): string {
  return Object.entries(names).reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.replaceAll(from, to);
  }, code);
}

async function expectGoodSnapshot(place: string): Promise<void> {
  const receipt: unknown = JSON.parse(readFileSync(join(place, "srv.receipt.json"), "utf8"));
  expect(receipt).toMatchObject({ verdict: "VERDICT_INTACT", endCause: "END_CAUSE_RELEASED" });
  const checked = await run("e2fsck", ["-fn", join(place, "snapshot.img")]);
  expect(checked.code).toBe(0);
  expect(checked.stdout + checked.stderr).not.toMatch(/recover/);
}

async function serve(place: string, path: string): Promise<TrackedProcess> {
  const [serveBlock = ""] = blocks("The first hold", "sh");
  const command = adapt(serveBlock, {
    "sudo fsfreezed serve": `exec fsfreezed serve --state-dir ${join(place, "state")}`,
  });
  const service = await startProcess("bash", ["-euc", command], { env: { PATH: path } });
  await service.waitForLine(/^fsfreezed serves on /, 20_000);
  return service;
}

requires("root", "loop", "ext4", "bpf").test("the first hold, as the README has it", async () => {
  await using filesystem = await createLoopFilesystem({ type: "ext4" });
  const { place, path } = await makePlace();
  writeSnapshotProgram(place, filesystem);
  const service = await serve(place, path);
  const address = `unix:${join(place, "state/fsfreezed.sock")}`;

  const [, holdBlock = "", ...others] = blocks("The first hold", "sh");
  expect(others).toEqual([]);
  const command = adapt(holdBlock, { "sudo ": "", "/srv": filesystem.mountPoint });
  const env = { PATH: path, FSFREEZE_ADDRESS: address };
  const held = await startProcess("bash", ["-euc", command], { cwd: place, env });
  expect((await held.waitForExit(20_000)).code, held.stderr).toBe(0);
  await expectThawed(filesystem.mountPoint);
  await expectGoodSnapshot(place);

  await must("rm", [join(place, "snapshot.img"), join(place, "srv.receipt.json")]);
  const [program = "", ...more] = blocks("The first hold", "ts");
  expect(more).toEqual([]);
  writeFileSync(
    join(place, "hold.mts"),
    adapt(program, {
      "unix:/run/fsfreezed/fsfreezed.sock": address,
      '"/srv"': JSON.stringify(filesystem.mountPoint),
    }),
  );
  const settings = { extends: join(root, "tsconfig.base.json"), include: ["hold.mts"] };
  const compilerOptions = { outDir: "built" };
  writeFileSync(join(place, "tsconfig.json"), JSON.stringify({ ...settings, compilerOptions }));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  await must(process.execPath, [compiler, "-p", join(place, "tsconfig.json")], { limitMs: 60_000 });
  const ran = await startProcess(process.execPath, ["built/hold.mjs"], { cwd: place });
  expect((await ran.waitForExit(20_000)).code, ran.stderr).toBe(0);
  await expectThawed(filesystem.mountPoint);
  await expectGoodSnapshot(place);

  service.kill("SIGTERM");
  expect((await service.waitForExit()).code).toBe(0);
});

requires("root", "loop", "ext4", "bpf", "openssl").test(
  "from other hosts, as the README has it",
  async () => {
    await using filesystem = await createLoopFilesystem({ type: "ext4" });
    const { place, path } = await makePlace();
    writeSnapshotProgram(place, filesystem);
    const clients = await CertificateAuthority.create(place, "clients-ca");
    await clients.issue("backup");
    const ca = await CertificateAuthority.create(place, "ca");
    await ca.issue("server");
    const state = join(place, "state");
    const [serveBlock = "", holdBlock = "", ...others] = blocks("From other hosts", "sh");
    expect(others).toEqual([]);
    const command = adapt(serveBlock, {
      "sudo fsfreezed serve": `exec fsfreezed serve --state-dir ${state}`,
      "/run/fsfreezed": state,
      "0.0.0.0:50051": "0.0.0.0:0",
    });
    const env = { PATH: path };
    const service = await startProcess("bash", ["-euc", command], { cwd: place, env });
    const serves = await service.waitForLine(/^fsfreezed serves on /, 20_000);
    const port = /0\.0\.0\.0:(\d+)/.exec(serves)?.[1];
    const hold = adapt(holdBlock, {
      "db1:50051": `localhost:${port}`,
      "/srv": filesystem.mountPoint,
    });
    const held = await startProcess("bash", ["-euc", hold], { cwd: place, env });
    expect((await held.waitForExit(20_000)).code, held.stderr).toBe(0);
    await expectThawed(filesystem.mountPoint);
    expect(existsSync(join(place, "snapshot.img"))).toBe(true);
    service.kill("SIGTERM");
    expect((await service.waitForExit()).code).toBe(0);
  },
);

test("its links lead somewhere, and its scripts exist", () => {
  const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, target = ""]) => target);
  const files = links.filter((target) => !/^https?:/.test(target));
  expect(files.length).toBeGreaterThan(0);
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);

  const manifest: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  const scripts = [...readme.matchAll(/npm (?:run )?(demo|test)\b/g)].map(([, name = ""]) => name);
  expect(new Set(scripts)).toEqual(new Set(["demo", "test"]));
  expect(scripts.filter((name) => !(name in manifest.scripts))).toEqual([]);
});
