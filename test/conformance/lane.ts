/** Where one driver's cases run: file systems, services and processes of that driver, one process ready ahead. */
import type { Case } from "./case.js";
import { DriverProcess } from "./driver-process.js";
import { Filesystems } from "./filesystems.js";
import type { CommandLine } from "./languages.js";
import { runCase } from "./run-case.js";
import { Service } from "./service.js";

/**
 * The service waits 1.5 s for the answer to a ping: a runtime that stands still as a whole must come back before. gRPC's
 * threads in Python answer while the interpreter stands still.
 */
const busyMsOf: Readonly<Record<string, number>> = { python: 2_000 };
const busyMs = 1_000;

/** At most so many lanes at once: the rest waits for its turn, and takes over what file systems there are. */
export class Lanes {
  readonly #idle: Filesystems[] = [];
  readonly #all: Filesystems[] = [];
  readonly #waiting: ((filesystems: Filesystems) => void)[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  take(): Promise<Filesystems> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return Promise.resolve(idle);
    if (this.#all.length < this.#most) {
      const made = new Filesystems();
      this.#all.push(made);
      return Promise.resolve(made);
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  giveBack(filesystems: Filesystems): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(filesystems);
    else next(filesystems);
  }

  async dispose(): Promise<void> {
    for (const filesystems of this.#all) await filesystems.dispose();
  }
}

export class Lane {
  readonly #filesystems: Filesystems;
  readonly #language: string;
  readonly #driver: CommandLine;
  /** By what cases want of them. */
  readonly #services = new Map<string, Service>();
  #spare: Promise<DriverProcess> | undefined;

  constructor(filesystems: Filesystems, language: string, driver: CommandLine) {
    this.#filesystems = filesystems;
    this.#language = language;
    this.#driver = driver;
  }

  async run(test: Case): Promise<void> {
    await runCase(test, {
      filesystems: this.#filesystems,
      service: await this.#service(test),
      startDriver: () => this.#startDriver(),
      forms: async () => (await this.#ahead()).ready.forms,
      busyMs: busyMsOf[this.#language] ?? busyMs,
    });
  }

  async #service({ service }: Case): Promise<Service> {
    const key = JSON.stringify(service);
    const found = this.#services.get(key);
    if (found !== undefined) return found;
    const started = await Service.start(service, this.#filesystems);
    this.#services.set(key, started);
    return started;
  }

  /** A process that has started already, while the next one starts beside the case that gets this one. */
  async #startDriver(): Promise<DriverProcess> {
    const starting = this.#ahead();
    this.#spare = undefined;
    const driver = await starting;
    // Whoever asks for the next one hears where that cannot start.
    this.#ahead().catch(() => {});
    return driver;
  }

  #ahead(): Promise<DriverProcess> {
    this.#spare ??= DriverProcess.start(this.#driver);
    return this.#spare;
  }

  /** The lane ends; its file systems are somebody else's. */
  async dispose(): Promise<void> {
    await (await this.#spare?.catch(() => undefined))?.kill();
    for (const service of this.#services.values()) await service.dispose();
  }
}
