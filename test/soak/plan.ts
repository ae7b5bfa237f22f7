/** What happens in each episode of a soak, drawn from the seed and the episode's number alone: any one can be played again. */
import { type FilesystemType, filesystemTypes } from "../support/loop-filesystem.js";

/** What goes wrong in an episode. */
export const faults = [
  "none",
  "client-kill",
  "client-stop",
  "take-over",
  "api-kill",
  "api-stop",
  "guardian-kill",
  "guardian-stop",
  "supervisor-kill",
  "supervisor-stop",
  "pair-kill",
  "guardian-and-supervisor-kill",
  "all-kill",
  "restart",
  "foreign-freeze",
  "foreign-thaw",
  "foreign-refreeze",
  "foreign-rewrite",
  "trim",
  "raw-write",
  "stuck-freeze",
  "deadline",
] as const;
export type Fault = (typeof faults)[number];

/** An INTACT is the claim that must be earned: what could make it a lie has more than its share. */
const often: readonly Fault[] = [
  ...faults,
  ...(["none", "none", "none", "trim", "raw-write"] as const),
  ...(["foreign-thaw", "foreign-refreeze", "foreign-refreeze", "foreign-rewrite"] as const),
];

/** How a client speaks: the library in a process of its own or in this one, bare messages, unary calls. */
export const clientKinds = ["process", "library", "raw", "lease"] as const;
export type ClientKind = (typeof clientKinds)[number];

export const actions = ["renew", "status", "refreeze", "pause"] as const;
export type Action = (typeof actions)[number];

export const ends = ["release", "cancel", "kill", "expire"] as const;
export type End = (typeof ends)[number];

export interface ClientPlan {
  readonly kind: ClientKind;
  readonly targets: readonly FilesystemType[];
  readonly startMs: number;
  readonly ttlMs: number;
  readonly actions: readonly Action[];
  readonly end: End;
}

export interface EpisodePlan {
  readonly index: number;
  readonly fault: Fault;
  /** The file system that every client holds, and that the fault is aimed at. */
  readonly main: FilesystemType;
  readonly clients: readonly ClientPlan[];
  /** After the first hold is frozen. */
  readonly faultMs: number;
  /** Of two ways that a fault can go: at the very moment of the clients' end, for one that somebody else does by hand. */
  readonly coin: boolean;
  /** Whether the image is compared before and after the fault. */
  readonly digest: boolean;
}

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1): mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  pick<T>(items: readonly [T, ...T[]] | readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }

  shuffled<T>(items: readonly T[]): readonly T[] {
    return items
      .map((item) => ({ item, at: this.next() }))
      .toSorted((a, b) => a.at - b.at)
      .map(({ item }) => item);
  }
}

/** The first episodes have each fault once; then chance decides. */
export function planEpisode(seed: number, index: number): EpisodePlan {
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
  const first = new Random(seed).shuffled(faults)[index];
  const fault = first ?? random.pick(often);
  const main =
    filesystemTypes[(index + seed) % filesystemTypes.length] ?? random.pick(filesystemTypes);
  const other = random.pick(filesystemTypes.filter((type) => type !== main));
  const clients = Array.from({ length: 1 + random.below(3) }, (_, n) =>
    planClient(random, fault, n === 0, main, other),
  );
  return {
    index,
    fault,
    main,
    clients,
    faultMs: 20 + random.below(300),
    coin: random.next() < 0.5,
    digest: fault === "trim" || fault === "raw-write" || random.next() < 0.25,
  };
}

/** The first client lives through the fault: it is what the fault happens to. */
function planClient(
  random: Random,
  fault: Fault,
  isFirst: boolean,
  main: FilesystemType,
  other: FilesystemType,
): ClientPlan {
  const kind = random.pick(clientKinds);
  const targets = random.next() < 0.3 ? [main, other] : [main];
  const end = random.pick(ends);
  const plan = {
    kind,
    targets,
    startMs: isFirst ? 0 : random.below(150),
    ttlMs: 1_000 + random.below(1_500),
    actions: Array.from({ length: random.below(4) }, () => random.pick(actions)),
    end,
  };
  if (!isFirst) return plan;
  const alone = { ...plan, kind: "process", ttlMs: 10_000, actions: ["status"] } as const;
  switch (fault) {
    case "client-kill":
    case "client-stop":
    case "take-over":
      return { ...alone, targets: [main], end: "release" };
    // Who is told while it is there: a service that leaves as asked takes what it knows with it.
    case "restart":
      return { ...plan, kind: "library", ttlMs: 10_000, actions: [], end: "release" };
    case "deadline":
      return { ...plan, ttlMs: 1_000, actions: [], end: "expire" };
    case "foreign-thaw":
    case "foreign-refreeze":
    case "foreign-rewrite":
      return { ...plan, ttlMs: 10_000, actions: [], end: "release" };
    case "none":
    case "trim":
    case "raw-write":
      return { ...plan, ttlMs: 10_000, actions: ["pause", "renew"], end: "release" };
    default:
      return { ...plan, ttlMs: 10_000, end: end === "expire" ? "release" : end };
  }
}
