/** Small programs of the system that the demo calls and waits for. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Where mkfs and losetup live, which the PATH of a plain shell may leave out. */
const path = `${process.env.PATH ?? ""}:/usr/sbin:/sbin`;

export interface Ran {
  /** Undefined where it could not be started or was killed. */
  readonly code: number | undefined;
  readonly stdout: string;
  /** stdout and stderr. */
  readonly output: string;
}

export function run(command: string, args: readonly string[]): Promise<Ran> {
  const options = { env: { ...process.env, PATH: path, LC_ALL: "C" }, timeout: 20_000 };
  return new Promise((resolve) => {
    execFile(command, [...args], { ...options, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      resolve({
        code: typeof code === "number" ? code : undefined,
        stdout,
        output: `${stdout}${stderr}`,
      });
    });
  });
}

/** Its stdout; throws where it fails. */
export async function must(command: string, args: readonly string[]): Promise<string> {
  const { code, stdout, output } = await run(command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} failed (${code})\n${output}`);
  return stdout;
}

export function isInstalled(command: string): boolean {
  return path.split(":").some((directory) => existsSync(join(directory, command)));
}
