/** Runs one case with one driver: its steps in their order, against the service and the kernel. */
import { setTimeout as sleep } from "node:timers/promises";
import { expectFrozen, expectThawed, kernelState } from "../support/kernel-truth.js";
import { Relay } from "../support/relay.js";
import { Writer } from "../support/writer.js";
import type { Case, Outcome, Step } from "./case.js";
import { commands } from "./commands.js";
import type { Answer, DriverProcess } from "./driver-process.js";
import {
  type FilesystemName,
  type Filesystems,
  filesystemNames,
  sharedNames,
} from "./filesystems.js";
import { type ForeignAct, Foreigners } from "./foreign-acts.js";
import { at, differences, shown } from "./match.js";
import { type Lookup, resolveNames } from "./names.js";
import { NewerServer } from "./newer-server.js";
import type { Service } from "./service.js";

export interface CaseContext {
  readonly filesystems: Filesystems;
  readonly service: Service;
  /** A process of the driver that nobody has used yet. */
  startDriver(): Promise<DriverProcess>;
  /** The driver's scope constructs. */
  forms(): Promise<readonly string[]>;
  /** Milliseconds that this language's `busy` may take at a time. */
  readonly busyMs: number;
}

type DoStep = Extract<Step, { readonly kind: "do" }>;

const answerMs = 15_000;
const eventMs = 10_000;
const eventuallyMs = 5_000;
const exitMs = 5_000;

/** Throws an Error that shows the step, what was expected, and what the driver and the service said. */
export async function runCase(test: Case, context: CaseContext): Promise<void> {
  const forms = test.eachForm ? await context.forms() : [undefined];
  if (forms.length === 0) throw new Error("the driver names no forms of its scope construct");
  for (const form of forms) {
    const run = new Run(test, context, form);
    await run.all();
  }
}

class Run {
  readonly #case: Case;
  readonly #context: CaseContext;
  readonly #form: string | undefined;
  readonly #saved = new Map<string, unknown>();
  readonly #drivers = new Map<string, DriverProcess>();
  /** Processes that a signal ended or stopped: they cannot end by themselves. */
  readonly #disturbed = new Set<string>();
  readonly #started = new Map<string, { readonly step: DoStep; readonly id: number }>();
  readonly #writers = new Map<string, Writer>();
  readonly #foreigners = new Foreigners();
  #relay: Relay | undefined;
  #newer: NewerServer | undefined;

  constructor(test: Case, context: CaseContext, form: string | undefined) {
    this.#case = test;
    this.#context = context;
    this.#form = form;
  }

  async all(): Promise<void> {
    let where = "start";
    try {
      // Before anything is frozen that one of them may lie on.
      for (const name of this.#named(filesystemNames)) await this.#context.filesystems.get(name);
      if (this.#case.server === "newer") this.#newer = await NewerServer.start();
      await this.#driver("client");
      where = await this.#steps(this.#case.steps, (at) => {
        where = at;
      });
      where = "end";
      for (const [name, driver] of this.#drivers)
        if (!this.#disturbed.has(name)) await driver.finish();
    } catch (error) {
      const told = this.#told(error, where);
      await this.#cleanUp(true);
      throw told;
    }
    await this.#cleanUp(false);
  }

  async #steps(steps: readonly Step[], tell: (where: string) => void): Promise<string> {
    let where = "";
    for (const [index, step] of steps.entries()) {
      where = `step ${index + 1}, ${describeStep(step)}`;
      tell(where);
      await this.#step(step, tell);
    }
    return where;
  }

  #told(error: unknown, where: string): Error {
    const message = error instanceof Error ? error.message : String(error);
    const reports = [...this.#drivers].map(([name, driver]) => `--- ${name}\n${driver.report()}`);
    const form = this.#form === undefined ? "" : ` (form ${this.#form})`;
    const log = this.#context.service.log.split("\n").slice(-8).join("\n").slice(-3_000);
    const text = [
      `${this.#case.file}, "${this.#case.name}"${form}, ${where}:`,
      message,
      ...reports,
      `--- service\n${log}`,
    ].join("\n");
    return new Error(text, { cause: error });
  }

  /** Nothing of this case may be in the way of the next one, however it went. */
  async #cleanUp(failed: boolean): Promise<void> {
    for (const driver of this.#drivers.values()) await driver.kill();
    await this.#foreigners.end();
    await this.#context.service.settle();
    if (failed) await this.#context.service.endAllHolds();
    for (const name of this.#named(sharedNames)) {
      const { mountPoint } = await this.#context.filesystems.get(name);
      if ((await kernelState(mountPoint)) === "thawed") continue;
      await this.#context.service.endAllHolds();
      if ((await kernelState(mountPoint)) !== "thawed")
        await this.#foreigners.act("thaw", await this.#filesystem(name));
    }
    for (const writer of this.#writers.values()) await writer.stop();
    await this.#relay?.[Symbol.asyncDispose]();
    await this.#newer?.stop();
    await this.#context.filesystems.disposeOwn();
  }

  /** Those that the steps name anywhere. */
  #named(names: readonly FilesystemName[]): readonly FilesystemName[] {
    const text = JSON.stringify(this.#case.steps);
    return names.filter((name) => new RegExp(`[$"]${name}\\b`).test(text));
  }

  async #step(step: Step, tell: (where: string) => void): Promise<void> {
    switch (step.kind) {
      case "do":
        return await this.#do(step);
      case "await": {
        const started = this.#started.get(step.name);
        if (started === undefined) throw new Error(`nothing was started as ${step.name}`);
        const driver = await this.#driver(started.step.by);
        const what = started.step.command;
        const answer = await driver.answer(started.id, what, step.within ?? answerMs);
        return await this.#judge(step.outcome, answer);
      }
      case "event": {
        const driver = await this.#driver(step.by);
        const expected = await this.#resolved(step.expect);
        const event = await driver.event(step.event, expected, step.within ?? eventMs);
        return this.#save(step.save, event);
      }
      case "noEvent": {
        const driver = await this.#driver(step.by);
        const event = driver.seen(step.event, await this.#resolved(step.expect));
        if (event !== undefined) throw new Error(`it came: ${shown(event)}`);
        return;
      }
      case "kernel":
        for (const [name, state] of Object.entries(step.states)) {
          const { mountPoint } = await this.#filesystem(name);
          await (state === "frozen" ? expectFrozen(mountPoint) : expectThawed(mountPoint));
        }
        return;
      case "foreign":
        for (const [act, name] of Object.entries(step.acts))
          await this.#foreigners.act(act as ForeignAct, await this.#filesystem(name));
        return;
      case "writer":
        for (const [name, state] of Object.entries(step.states)) await this.#writer(name, state);
        return;
      case "signal":
        for (const [to, signal] of Object.entries(step.signals)) await this.#signal(to, signal);
        return;
      case "service":
        return await this.#service(step.act);
      case "ends":
        for (const [name, status] of Object.entries(step.statuses)) {
          const driver = await this.#driver(name);
          const { code, signal } = await driver.waitForExit(step.within ?? exitMs);
          if (code !== status) throw new Error(`${name} ended with ${code ?? signal}`);
        }
        return;
      case "sleep":
        await sleep(step.ms);
        return;
      case "repeat": {
        const end = performance.now() + step.forMs;
        while (performance.now() < end) await this.#steps(step.steps, tell);
        return;
      }
      default:
        step satisfies never;
    }
  }

  async #do(step: DoStep): Promise<void> {
    const driver = await this.#driver(step.by);
    const fields = await this.#resolved(step.fields);
    const limitMs = step.within ?? commands[step.command]?.limitMs ?? answerMs;
    if (step.start !== undefined) {
      this.#started.set(step.start, { step, id: driver.send(step.command, fields) });
      return;
    }
    if (!step.eventually) {
      const id = driver.send(step.command, fields);
      const answer = await driver.answer(id, step.command, limitMs);
      return await this.#judge(step.outcome, answer);
    }
    const deadline = performance.now() + (step.within ?? eventuallyMs);
    for (;;) {
      const id = driver.send(step.command, fields);
      const answer = await driver.answer(id, step.command, answerMs);
      try {
        return await this.#judge(step.outcome, answer);
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await sleep(30);
      }
    }
  }

  async #judge(outcome: Outcome, answer: Answer): Promise<void> {
    if (outcome.kind === "error") {
      if (answer.kind === "ok") throw new Error(`it was not refused: ${shown(answer.ok)}`);
      this.#compare(await resolveNames(outcome.error, this.#lookup), answer.error);
      return this.#save(outcome.save, answer.error);
    }
    if (answer.kind === "error") throw new Error(`it failed: ${shown(answer.error)}`);
    this.#compare(await resolveNames(outcome.expect, this.#lookup), answer.ok);
    this.#save(outcome.save, answer.ok);
  }

  #compare(expected: unknown, actual: unknown): void {
    const found = differences(expected, actual);
    if (found.length > 0) throw new Error(found.join("\n"));
  }

  #save(save: Readonly<Record<string, string>>, from: unknown): void {
    for (const [name, path] of Object.entries(save)) {
      const value = at(from, path);
      if (value === undefined) throw new Error(`no ${path} to be saved in ${shown(from)}`);
      this.#saved.set(name, value);
    }
  }

  async #writer(name: string, state: "running" | "blocked"): Promise<void> {
    const found = this.#writers.get(name);
    if (found === undefined) {
      if (state === "blocked") throw new Error(`no writer was started on ${name}`);
      const { mountPoint } = await this.#filesystem(name);
      this.#writers.set(name, await Writer.start("buffered", mountPoint, 5));
    } else if (state === "blocked") await found.waitUntilBlocked();
    else await found.waitForProgress();
  }

  async #signal(to: string, signal: NodeJS.Signals): Promise<void> {
    const { service } = this.#context;
    if (to === "guardian" || to === "api" || to === "supervisor" || to === "service")
      return service.signal(to, signal);
    const driver = await this.#driver(to);
    if (signal !== "SIGCONT") this.#disturbed.add(to);
    else this.#disturbed.delete(to);
    driver.signal(signal);
  }

  async #service(act: "restart" | "stop" | "start" | "ready"): Promise<void> {
    const { service } = this.#context;
    if (act === "stop" || act === "restart") await service.stop();
    if (act === "start" || act === "restart") await service.startAgain();
    if (act === "ready") await service.ready();
  }

  async #driver(name: string): Promise<DriverProcess> {
    const found = this.#drivers.get(name);
    if (found !== undefined) return found;
    const driver = await this.#context.startDriver();
    this.#drivers.set(name, driver);
    const id = driver.send("connect", { as: "c", address: this.#address });
    const answer = await driver.answer(id, "connect", answerMs);
    if (answer.kind === "error") throw new Error(`connect failed: ${shown(answer.error)}`);
    // Whatever it is answered: a runtime loads much at its first call, and that must not take of the times of a case.
    await driver.answer(driver.send("health", { client: "c" }), "health", answerMs);
    return driver;
  }

  get #address(): string {
    return this.#newer?.address ?? this.#context.service.address;
  }

  async #filesystem(name: string) {
    // read-cases.ts takes no other name.
    return await this.#context.filesystems.get(name as FilesystemName);
  }

  async #resolved(values: Readonly<Record<string, unknown>>) {
    return (await resolveNames(values, this.#lookup)) as Readonly<Record<string, unknown>>;
  }

  readonly #lookup: Lookup = async (name) => {
    const saved = this.#saved.get(name);
    if (saved !== undefined) return saved;
    const [first = "", part] = name.split(".");
    switch (first) {
      case "address":
        return this.#address;
      case "form":
        return this.#form;
      case "busyMs":
        return this.#context.busyMs;
      case "tls":
        return (this.#context.service.tls as Readonly<Record<string, string>> | undefined)?.[
          part ?? ""
        ];
      case "stranger":
        // uid of nobody: who calls through this is not root.
        this.#relay ??= await Relay.start(this.#context.service.socket, 65_534);
        return this.#relay.address;
      default: {
        if (!filesystemNames.some((known) => known === first)) return undefined;
        const filesystem = await this.#filesystem(first);
        switch (part) {
          case undefined:
            return filesystem.mountPoint;
          case "device":
            return filesystem.device;
          case "uuid":
            return filesystem.uuid;
          case "number":
            return filesystem.deviceNumber;
          case "key":
            return filesystem.key;
          default:
            return undefined;
        }
      }
    }
  };
}

/** A step in a few words. */
function describeStep(step: Step): string {
  const { kind, ...rest } = step;
  switch (step.kind) {
    case "do":
      return `${step.command}${step.by === "client" ? "" : ` by ${step.by}`} ${shown(step.fields)}`;
    case "event":
      return `event ${step.event}`;
    default:
      return `${kind} ${shown(rest)}`;
  }
}
