/** Finds COMMAND as execvp(3) would, before anything is frozen for it. */
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

export type FoundCommand = "executable" | "not-executable" | "not-found";

function look(path: string): FoundCommand {
  try {
    if (!statSync(path).isFile()) return "not-executable";
  } catch {
    return "not-found";
  }
  try {
    accessSync(path, constants.X_OK);
    return "executable";
  } catch {
    return "not-executable";
  }
}

export function findCommand(command: string, path: string | undefined): FoundCommand {
  if (command.includes("/")) return look(command);
  const found = (path ?? "/usr/local/bin:/bin:/usr/bin")
    .split(delimiter)
    .map((directory) => look(join(directory === "" ? "." : directory, command)));
  if (found.includes("executable")) return "executable";
  return found.includes("not-executable") ? "not-executable" : "not-found";
}
