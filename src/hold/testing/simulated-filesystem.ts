/** The truth about one file system: who froze it, what its image is, and what of that can be seen. */
import type { DeviceCounters, GenerationReading, Look, StateName } from "../../kernel/port.js";
import { instant } from "./samples.js";

export type FreezeOwner =
  | { readonly by: "us"; readonly epoch: number }
  | { readonly by: "another" }
  | undefined;

/** `exact`: BPF tells all. `log-head`: the state, and xfs' fall-back. `likely`: a fall-back for the state alone. `blind`: nothing. */
export type Sightedness = "exact" | "log-head" | "likely" | "blind";

export const ownPid = 7;
const othersPid = 99;

interface Moment {
  readonly atUs: number;
  readonly image: number;
  /** The epoch that froze it, 0 where it is not our freeze. */
  readonly ours: number;
}

export class SimulatedFilesystem {
  readonly key: string;
  readonly sight: Sightedness;
  state: StateName = "THAWED";
  owner: FreezeOwner;
  counting = true;
  /** Ever in this run; what the tests of an undisturbed hold ask for. */
  disturbed = false;
  countersWereOff = false;
  /** Others' freezes and thaws so far. */
  othersActs = 0;
  /** Epochs of ours that another program thawed. */
  readonly brokenEpochs = new Set<number>();
  freezesSinceOurThaw = 0;
  #image = 1;
  #generation = 10;
  #freezerPid = 0;
  #logHead = 1;
  #sectors = 100;
  #discarded = 0;
  readonly #history: Moment[] = [];
  readonly #clock: () => number;

  constructor(key: string, sight: Sightedness, clock: () => number) {
    this.key = key;
    this.sight = sight;
    this.#clock = clock;
    this.#note();
  }

  #note(): void {
    const ours = this.owner?.by === "us" && this.state === "FROZEN" ? this.owner.epoch : 0;
    this.#history.push({ atUs: this.#clock(), image: this.#image, ours });
  }

  #write(sectors: number): void {
    this.#image++;
    if (this.counting) this.#sectors += sectors;
  }

  /** FIFREEZE has done its work. */
  freeze(owner: NonNullable<FreezeOwner>): void {
    this.#write(2);
    this.state = "FROZEN";
    this.owner = owner;
    this.#generation += 2;
    this.#freezerPid = owner.by === "us" ? ownPid : othersPid;
    this.#logHead += 2;
    this.freezesSinceOurThaw++;
    this.#note();
  }

  /** FITHAW: whether it was frozen. */
  thaw(by: "us" | "another"): boolean {
    if (this.state !== "FROZEN") return false;
    if (by === "us") this.freezesSinceOurThaw = 0;
    else if (this.owner?.by === "us") this.brokenEpochs.add(this.owner.epoch);
    this.state = "THAWED";
    this.owner = undefined;
    this.#write(2);
    this.#note();
    return true;
  }

  /** What another program does. */
  act(what: "thaw" | "freeze" | "refreeze" | "rewrite" | "begin" | "finish"): void {
    this.disturbed = true;
    this.othersActs++;
    const another = { by: "another" } as const;
    if (what !== "freeze" && what !== "finish") this.thaw("another");
    if (what === "rewrite" && this.state === "THAWED") this.#write(16);
    if (what === "begin" && this.state === "THAWED") {
      this.state = "FREEZING";
      this.#note();
    } else if (this.state === "THAWED" && what !== "thaw") this.freeze(another);
    else if (this.state === "FREEZING" && what === "finish") this.freeze(another);
  }

  /** Round the freeze, if it is frozen: fstrim, or a writer to the raw device. */
  bypass(what: "raw-write" | "discard"): void {
    this.disturbed = true;
    this.#image++;
    if (this.counting && what === "raw-write") this.#sectors += 8;
    if (this.counting && what === "discard") this.#discarded += 8;
    this.#note();
  }

  count(counting: boolean): void {
    this.counting = counting;
    if (!counting) this.countersWereOff = true;
  }

  look(): Look {
    const counters: DeviceCounters = {
      device: "7:1",
      sectorsWritten: this.#sectors,
      sectorsDiscarded: this.#discarded,
      counting: this.counting,
    };
    return {
      at: instant(this.#clock()),
      state: this.#stateReading(),
      generation: this.#generationReading(),
      devices: this.sight === "blind" ? [] : [counters],
      readOnly: false,
    };
  }

  #stateReading(): Look["state"] {
    if (this.sight === "blind") return { state: "UNKNOWN", certainty: "LIKELY", source: "none" };
    const certainty = this.sight === "likely" ? "LIKELY" : "CERTAIN";
    // A fall-back cannot tell FREEZING.
    const state = this.sight === "likely" && this.state === "FREEZING" ? "THAWED" : this.state;
    return { state, certainty, source: "simulated" };
  }

  #generationReading(): GenerationReading {
    if (this.sight === "exact") {
      return { kind: "exact", value: this.#generation, freezerPid: this.#freezerPid };
    }
    if (this.sight !== "log-head") return { kind: "none" };
    return { kind: "fallback", source: "xfs-log-head", value: String(this.#logHead) };
  }

  /** Whether the image stood still from the one instant to the other. */
  stoodStill(fromUs: number, toUs: number): boolean {
    return new Set(this.#during(fromUs, toUs).map((moment) => moment.image)).size === 1;
  }

  /** Whether one freeze of ours lasted from the one instant to the other. */
  wasOurs(fromUs: number, toUs: number): boolean {
    const owners = new Set(this.#during(fromUs, toUs).map((moment) => moment.ours));
    return owners.size === 1 && !owners.has(0);
  }

  /** Which epoch of ours froze it then; 0 is none. */
  epochAt(atUs: number): number {
    return this.#history.findLast((moment) => moment.atUs <= atUs)?.ours ?? 0;
  }

  /** What was true at the first instant, and every change up to the second. */
  #during(fromUs: number, toUs: number): readonly Moment[] {
    const before = this.#history.findLast((moment) => moment.atUs <= fromUs);
    const within = this.#history.filter((moment) => moment.atUs > fromUs && moment.atUs <= toUs);
    return before === undefined ? within : [before, ...within];
  }
}
