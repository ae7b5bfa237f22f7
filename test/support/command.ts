import { spawn } from "node:child_process";

export interface CommandResult {
  /** Undefined where a signal ended it, or where it did not end in time. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** True where it still ran at the limit. It was sent SIGKILL, which does nothing to a child in D state. */
  readonly hung: boolean;
  readonly pid: number | undefined;
}

export interface CommandOptions {
  readonly limitMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Runs a program to its end, or to the limit. The locale is fixed, because tests compare messages. */
export function run(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, LC_ALL: "C", ...options.env },
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.stdin.on("error", () => {
      // The program ended without reading its input.
    });
    child.stdin.end(options.input ?? "");
    const finish = (code: number | undefined, hung: boolean) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr, hung, pid: child.pid });
    };
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      child.unref();
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
      finish(undefined, true);
    }, options.limitMs ?? 20_000);
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on("close", (code) => finish(code ?? undefined, false));
  });
}

/** The same for programs that have to succeed: the error shows what the program said. */
export async function must(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const result = await run(command, args, options);
  if (result.code !== 0) {
    const end = result.hung ? "did not end in time" : `exit code ${result.code ?? "none"}`;
    throw new Error(`${command} ${args.join(" ")}: ${end}\n${result.stderr}${result.stdout}`);
  }
  return result.stdout;
}
