/** What every verb shares: the global options, the connection, and how an outcome becomes an exit code. */
import { FreezeError } from "@fsfreezed/client";
import type { Command } from "commander";
import { codeOfError } from "../exit-codes.js";
import { type Connection, connectAsAsked } from "./connection.js";
import { Output } from "./output.js";

export interface Context extends Connection {
  readonly out: Output;
  readonly env: NodeJS.ProcessEnv;
  /** Arguments after a `--`; undefined where there is none. */
  readonly rest: readonly string[] | undefined;
}

export interface GlobalFlags {
  readonly json?: true;
}

/** Told to the program around the verbs. */
export interface Invocation {
  readonly env: NodeJS.ProcessEnv;
  readonly rest: readonly string[] | undefined;
  exitCode: number;
}

/** Runs a verb and keeps its exit code. `codeOf`: for verbs whose codes are others'. */
export async function run(
  invocation: Invocation,
  command: Command,
  verb: (context: Context) => Promise<number>,
  codeOf: (error: FreezeError) => number = codeOfError,
): Promise<void> {
  const flags = command.optsWithGlobals<GlobalFlags>();
  const out = new Output({ json: flags.json === true, env: invocation.env });
  const connection = connectAsAsked(command);
  const { env, rest } = invocation;
  try {
    invocation.exitCode = await verb({ ...connection, out, env, rest });
  } catch (error) {
    if (!(error instanceof FreezeError)) throw error;
    invocation.exitCode = codeOf(error);
    out.error(error, invocation.exitCode);
  } finally {
    connection.client.close();
  }
}
