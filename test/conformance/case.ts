/** What a case is, once it has been read: see README.md, "A case". */
import type { Requirement } from "../support/requirements.js";
import type { ServiceNeeds } from "./service.js";

export type Values = Readonly<Record<string, unknown>>;

/** What is expected of an answer: of `ok`, or of the error. */
export type Outcome = { readonly save: Readonly<Record<string, string>> } & (
  | { readonly kind: "ok"; readonly expect: unknown }
  | { readonly kind: "error"; readonly error: unknown }
);

export type KernelExpectation = "frozen" | "thawed";
export type WriterExpectation = "running" | "blocked";

interface Timed {
  /** Milliseconds; undefined: the step's own default. */
  readonly within: number | undefined;
}

export type Step =
  | ({
      readonly kind: "do";
      readonly command: string;
      readonly fields: Values;
      /** The process that is told. */
      readonly by: string;
      /** Where the answer is not waited for: the name under which it is, later. */
      readonly start: string | undefined;
      /** Ask again until the answer is the expected one. */
      readonly eventually: boolean;
      readonly outcome: Outcome;
    } & Timed)
  | ({ readonly kind: "await"; readonly name: string; readonly outcome: Outcome } & Timed)
  | ({
      readonly kind: "event";
      readonly event: string;
      readonly by: string;
      readonly expect: Values;
      readonly save: Readonly<Record<string, string>>;
    } & Timed)
  | {
      readonly kind: "noEvent";
      readonly event: string;
      readonly by: string;
      readonly expect: Values;
    }
  | { readonly kind: "kernel"; readonly states: Readonly<Record<string, KernelExpectation>> }
  | { readonly kind: "foreign"; readonly acts: Readonly<Record<string, string>> }
  | { readonly kind: "writer"; readonly states: Readonly<Record<string, WriterExpectation>> }
  | { readonly kind: "signal"; readonly signals: Readonly<Record<string, NodeJS.Signals>> }
  | { readonly kind: "service"; readonly act: ServiceAct }
  /** Processes that must end by themselves, with this status. */
  | ({ readonly kind: "ends"; readonly statuses: Readonly<Record<string, number>> } & Timed)
  | { readonly kind: "sleep"; readonly ms: number }
  | { readonly kind: "repeat"; readonly forMs: number; readonly steps: readonly Step[] };

export const serviceActs = ["restart", "stop", "start", "ready"] as const;
export type ServiceAct = (typeof serviceActs)[number];

export interface Case {
  readonly name: string;
  readonly file: string;
  readonly languages: readonly string[] | undefined;
  /** Once for each of the driver's forms. */
  readonly eachForm: boolean;
  readonly slow: boolean;
  readonly server: "real" | "newer";
  readonly service: ServiceNeeds;
  /** What the machine must have beside what all cases need. */
  readonly requires: readonly Requirement[];
  readonly steps: readonly Step[];
}

/** All steps, those inside of others too. */
export function allSteps(steps: readonly Step[]): readonly Step[] {
  return steps.flatMap((step) =>
    step.kind === "repeat" ? [step, ...allSteps(step.steps)] : [step],
  );
}
