/** Options and arguments that several verbs take alike. */
import type { FreezeSettings, Target, Targets } from "@fsfreezed/client";
import type { Command } from "commander";
import { parseDuration } from "../duration.js";
import { parseTarget, targetHelp } from "../target.js";

export interface TargetFlags {
  readonly allowSubdirectory?: true;
  readonly allFreezable?: true;
  readonly exclude?: readonly string[];
}

export interface FreezeFlags extends TargetFlags {
  readonly freezeTimeout?: number;
  readonly purpose?: string;
}

export function addTargets(command: Command): Command {
  return command
    .argument("[target...]", "what to freeze, all or none")
    .option("--allow-subdirectory", "a TARGET may be a directory below its mount point")
    .option("--all-freezable", "every local file system that can be frozen, in place of TARGETs")
    .option(
      "--exclude <glob>",
      "with --all-freezable: leave out mount points that match; may be given several times",
      (glob: string, before: readonly string[] = []) => [...before, glob],
    )
    .addHelpText("after", targetHelp);
}

export function addFreezing(command: Command): Command {
  return addTargets(command)
    .option(
      "--freeze-timeout <duration>",
      "how long freezing may take (default: the service's, 30s)",
      parseDuration,
    )
    .option("--purpose <text>", "what for: shown to whoever is refused because of it");
}

export function targetsOf(command: Command, texts: readonly string[], flags: TargetFlags): Targets {
  if (flags.allFreezable === true) {
    if (texts.length > 0) command.error("error: --all-freezable and TARGETs exclude each other");
    return {
      allFreezable: true,
      ...(flags.exclude === undefined ? {} : { exclude: flags.exclude }),
    };
  }
  if (flags.exclude !== undefined) command.error("error: --exclude goes with --all-freezable");
  if (texts.length === 0)
    command.error("error: name at least one TARGET, e.g. a mount point, or use --all-freezable");
  return texts.map((text) => parsed(command, text, flags));
}

export function targetOf(command: Command, text: string, flags: TargetFlags): Target {
  return parsed(command, text, flags);
}

function parsed(command: Command, text: string, flags: TargetFlags): Target {
  const result = parseTarget(text, flags.allowSubdirectory === true);
  return result.ok ? result.target : command.error(`error: "${text}": ${result.problem}`);
}

export function settingsOf(flags: FreezeFlags): FreezeSettings {
  return {
    ...(flags.freezeTimeout === undefined ? {} : { freezeTimeout: flags.freezeTimeout }),
    ...(flags.purpose === undefined ? {} : { purpose: flags.purpose }),
  };
}
