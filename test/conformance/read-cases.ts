/** Reads cases from YAML. What is wrong with one is told with its file, its step and the field. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import type { Requirement } from "../support/requirements.js";
import {
  type Case,
  type KernelExpectation,
  type Outcome,
  type ServiceAct,
  type Step,
  serviceActs,
  type Values,
  type WriterExpectation,
} from "./case.js";
import { commands, events } from "./commands.js";
import { filesystemNames } from "./filesystems.js";
import { foreignActs } from "./foreign-acts.js";
import type { ServiceNeeds } from "./service.js";

export const casesDirectory = fileURLToPath(new URL("cases", import.meta.url));

/** A case, or what is wrong with it; its place is told by whoever catches it. */
class Malformed extends Error {}

const wrong = (problem: string): never => {
  throw new Malformed(problem);
};

/** All cases, in the order of their files. Throws an Error that lists what is wrong with any of them. */
export function readCases(directory = casesDirectory): readonly Case[] {
  const problems: string[] = [];
  const cases = readdirSync(directory)
    .filter((name) => name.endsWith(".yaml"))
    .toSorted()
    .flatMap((file) => readFile(directory, file, problems));
  const seen = new Set<string>();
  for (const { name, file } of cases) {
    if (seen.has(name)) problems.push(`${file}: "${name}" is there twice`);
    seen.add(name);
  }
  if (problems.length > 0) throw new Error(`malformed cases:\n${problems.join("\n")}`);
  return cases;
}

function readFile(directory: string, file: string, problems: string[]): readonly Case[] {
  let list: unknown;
  try {
    list = parse(readFileSync(join(directory, file), "utf8"));
    if (!Array.isArray(list)) return wrong("is not a list of cases");
  } catch (error) {
    problems.push(`${file}: ${error instanceof Error ? error.message : error}`);
    return [];
  }
  return list.flatMap((value: unknown, index) => {
    try {
      return [readCase(value, file)];
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      const name = isRecord(value) && typeof value.name === "string" ? `"${value.name}"` : "";
      problems.push(`${file}: case ${index + 1} ${name}: ${error.message}`);
      return [];
    }
  });
}

const heads = ["name", "languages", "forms", "slow", "server", "service", "requires", "steps"];

/** Throws an Error for what is no case. */
export function readCase(value: unknown, file: string): Case {
  const head = record(value, "a case");
  only(head, heads, "the head");
  const { server = "real", forms } = head;
  if (server !== "real" && server !== "newer") return wrong("server: real or newer");
  if (forms !== undefined && forms !== "each") return wrong("forms: each, or nothing");
  const name = text(head.name, "name");
  return {
    name,
    file,
    languages: head.languages === undefined ? undefined : texts(head.languages, "languages"),
    eachForm: forms === "each",
    slow: flag(head.slow, "slow"),
    server,
    service: readService(head.service),
    requires: texts(head.requires ?? [], "requires") as readonly Requirement[],
    steps: readSteps(head.steps),
  };
}

function readService(value: unknown): ServiceNeeds {
  const needs = record(value ?? {}, "service");
  only(needs, ["args", "tls", "unprivileged", "logOn"], "service");
  const { logOn } = needs;
  return {
    args: texts(needs.args ?? [], "service.args"),
    tls: flag(needs.tls, "service.tls"),
    unprivileged: flag(needs.unprivileged, "service.unprivileged"),
    logOn: logOn === undefined ? undefined : filesystemName(text(logOn, "service.logOn")),
  };
}

function readSteps(value: unknown): readonly Step[] {
  if (!Array.isArray(value) || value.length === 0) return wrong("steps: a list, not empty");
  return value.map((step: unknown, index) => {
    try {
      return readStep(record(step, "a step"));
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      return wrong(`step ${index + 1}: ${error.message}`);
    }
  });
}

type Reader = (step: Values) => Step;

const readers: Readonly<Record<string, Reader>> = {
  await: (step) => {
    only(step, ["await", "expect", "error", "save", "within"], "await");
    const name = text(step.await, "await");
    return { kind: "await", name, outcome: readOutcome(step), within: within(step) };
  },
  event: (step) => {
    const { by, expect } = readEvent(step, "event");
    const save = readSave(step.save);
    return {
      kind: "event",
      event: text(step.event, "event"),
      by,
      expect,
      save,
      within: within(step),
    };
  },
  noEvent: (step) => {
    const { by, expect } = readEvent(step, "noEvent");
    return { kind: "noEvent", event: text(step.noEvent, "noEvent"), by, expect };
  },
  kernel: (step) => {
    only(step, ["kernel"], "kernel");
    const states = byFilesystem<KernelExpectation>(step.kernel, ["frozen", "thawed"], "kernel");
    return { kind: "kernel", states };
  },
  writer: (step) => {
    only(step, ["writer"], "writer");
    const states = byFilesystem<WriterExpectation>(step.writer, ["running", "blocked"], "writer");
    return { kind: "writer", states };
  },
  foreign: (step) => {
    only(step, ["foreign"], "foreign");
    const acts = record(step.foreign, "foreign");
    only(acts, foreignActs, "foreign");
    for (const name of Object.values(acts)) filesystemName(text(name, "foreign"));
    return { kind: "foreign", acts: acts as Readonly<Record<string, string>> };
  },
  signal: (step) => {
    only(step, ["signal"], "signal");
    const signals = record(step.signal, "signal");
    for (const [who, signal] of Object.entries(signals)) {
      if (!/^SIG(KILL|STOP|CONT|TERM|INT)$/.test(text(signal, `signal.${who}`)))
        wrong(`signal.${who}: no such signal: ${signal}`);
    }
    return { kind: "signal", signals: signals as Readonly<Record<string, NodeJS.Signals>> };
  },
  service: (step) => {
    only(step, ["service"], "service");
    const act = oneOf<ServiceAct>(step.service, serviceActs, "service");
    return { kind: "service", act };
  },
  ends: (step) => {
    only(step, ["ends", "within"], "ends");
    const statuses = record(step.ends, "ends");
    for (const status of Object.values(statuses)) count(status, "ends");
    const all = statuses as Readonly<Record<string, number>>;
    return { kind: "ends", statuses: all, within: within(step) };
  },
  sleep: (step) => {
    only(step, ["sleep"], "sleep");
    return { kind: "sleep", ms: count(step.sleep, "sleep") };
  },
  repeat: (step) => {
    only(step, ["repeat", "steps"], "repeat");
    const repeat = record(step.repeat, "repeat");
    only(repeat, ["forMs"], "repeat");
    const forMs = count(repeat.forMs, "repeat.forMs");
    return { kind: "repeat", forMs, steps: readSteps(step.steps) };
  },
};

function readStep(step: Values): Step {
  // A command may have fields that are called as steps are.
  if ("do" in step) return readDo(step);
  const kinds = Object.keys(readers).filter((kind) => kind in step);
  const [kind = ""] = kinds;
  const reader = readers[kind];
  if (kinds.length !== 1 || reader === undefined)
    return wrong(
      `one of do, ${Object.keys(readers).join(", ")}; here: ${Object.keys(step).join(", ")}`,
    );
  return reader(step);
}

const aroundDo = ["do", "by", "start", "eventually", "expect", "error", "save", "within"];

function readDo(step: Values): Step {
  const name = text(step.do, "do");
  const command = commands[name];
  if (command === undefined) return wrong(`do: no such command: ${name}`);
  only(step, [...aroundDo, ...command.fields], name);
  const fields = Object.fromEntries(
    Object.entries(step).filter(([field]) => !aroundDo.includes(field)),
  );
  const eventually = flag(step.eventually, "eventually");
  const start = step.start === undefined ? undefined : text(step.start, "start");
  if (start !== undefined && ["expect", "error", "save", "eventually"].some((f) => f in step))
    return wrong("what a started command answers is expected where it is awaited");
  return {
    kind: "do",
    command: name,
    // A client that is connected to the service is there from the start.
    fields:
      command.fields.includes("client") && fields.client === undefined
        ? { client: "c", ...fields }
        : fields,
    by: step.by === undefined ? "client" : text(step.by, "by"),
    start,
    eventually,
    outcome: readOutcome(step),
    within: within(step),
  };
}

function readOutcome(step: Values): Outcome {
  const save = readSave(step.save);
  if (step.error === undefined) return { kind: "ok", expect: step.expect ?? {}, save };
  if (step.expect !== undefined) return wrong("either expect or error");
  return { kind: "error", error: record(step.error, "error"), save };
}

function readSave(value: unknown): Readonly<Record<string, string>> {
  const save = record(value ?? {}, "save");
  for (const [name, path] of Object.entries(save)) {
    if (!/^[a-zA-Z]\w*$/.test(name)) wrong(`save.${name}: not a name`);
    text(path, `save.${name}`);
  }
  return save as Readonly<Record<string, string>>;
}

function readEvent(step: Values, kind: string): { readonly by: string; readonly expect: Values } {
  const name = text(step[kind], kind);
  const around = [kind, "by", "within", "save", "expect"];
  only(step, [...around, "hold", "scope", "watch", "error", "progress", "pictureComplete"], name);
  if (!events.some((known) => known === name)) return wrong(`no such event: ${name}`);
  const direct = Object.fromEntries(
    Object.entries(step).filter(([field]) => !around.includes(field)),
  );
  const by = step.by === undefined ? "client" : text(step.by, "by");
  return { by, expect: { ...record(step.expect ?? {}, "expect"), ...direct } };
}

function byFilesystem<S extends string>(
  value: unknown,
  states: readonly S[],
  what: string,
): Readonly<Record<string, S>> {
  const all = record(value, what);
  return Object.fromEntries(
    Object.entries(all).map(([name, state]) => [
      filesystemName(name),
      oneOf(state, states, `${what}.${name}`),
    ]),
  );
}

function filesystemName(name: string): string {
  const known: readonly string[] = filesystemNames;
  return known.includes(name) ? name : wrong(`no such file system: ${name}`);
}

function within(step: Values): number | undefined {
  return step.within === undefined ? undefined : count(step.within, "within");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function record(value: unknown, what: string): Values {
  return isRecord(value) ? value : wrong(`${what}: not a mapping`);
}

function only(values: Values, known: readonly string[], what: string): void {
  const unknown = Object.keys(values).filter((key) => !known.includes(key));
  if (unknown.length > 0) wrong(`${what} has no ${unknown.join(", ")}; it has ${known.join(", ")}`);
}

function text(value: unknown, what: string): string {
  return typeof value === "string" && value !== "" ? value : wrong(`${what}: not a text`);
}

function texts(value: unknown, what: string): readonly string[] {
  return Array.isArray(value)
    ? value.map((item) => text(item, what))
    : wrong(`${what}: not a list`);
}

function flag(value: unknown, what: string): boolean {
  if (value === undefined) return false;
  return typeof value === "boolean" ? value : wrong(`${what}: true or false`);
}

function count(value: unknown, what: string): number {
  return Number.isInteger(value) && Number(value) >= 0
    ? Number(value)
    : wrong(`${what}: not a whole number`);
}

function oneOf<S extends string>(value: unknown, known: readonly S[], what: string): S {
  return known.find((name) => name === value) ?? wrong(`${what}: one of ${known.join(", ")}`);
}
