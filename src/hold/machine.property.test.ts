/**
 * The machine against a simulated kernel that delays and reorders, other programs that freeze, thaw and write, and clients that do
 * anything at any time. testing/reference-holds.ts says what ought to be; testing/world.ts compares receipts with the truth.
 *
 * FC_SEED and FC_PATH repeat a failure that was printed; FC_RUNS looks longer.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  type OpenChoice,
  type Operation,
  type Plan,
  type ResumeChoice,
  World,
} from "./testing/world.js";

const small = fc.nat({ max: 6 });
const ms = fc.constantFrom(0, 100, 1_000, 8_000, 60_000);

const choice: fc.Arbitrary<OpenChoice> = fc.record({
  lease: fc.boolean(),
  freezeOnOpen: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
  ttlMs: fc.constantFrom(undefined, 1_000, 3_000, 60_000),
  freezeTimeoutMs: fc.constantFrom(undefined, 500, 2_000, 60_000),
  lingerMs: fc.constantFrom(undefined, undefined, 800, 5_000),
  callDeadlineMs: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    fc.constantFrom(700, 4_000),
  ),
  request: small,
});

const resumption: fc.Arbitrary<ResumeChoice> = fc.record({
  who: small,
  token: fc.constantFrom("right", "right", "right", "used", "wrong"),
  ttlMs: fc.constantFrom(undefined, undefined, 1_000, 60_000),
  lingerMs: fc.constantFrom(undefined, undefined, 800, 5_000),
  callDeadlineMs: fc.constantFrom(undefined, undefined, undefined, 700, 4_000),
});

function op<O extends Operation["op"], T>(
  weight: number,
  ops: readonly O[],
  rest: { [K in keyof T]: fc.Arbitrary<T[K]> },
) {
  return { weight, arbitrary: fc.record({ op: fc.constantFrom(...ops), ...rest }) };
}

const operation = fc.oneof(
  op(10, ["open"], { on: fc.nat({ max: 14 }), who: small, how: choice }),
  op(6, ["freeze", "thaw", "renew"], { hold: small, ms }),
  op(6, ["release", "gone", "gone", "dismiss"], {
    hold: small,
    late: fc.constantFrom(false, false, false, true),
  }),
  op(4, ["resume"], { hold: small, how: resumption }),
  op(3, ["answered", "abandon"], { hold: small }),
  op(4, ["Thaw", "RenewHold"], { hold: small, who: small, ms }),
  op(20, ["work"], { job: small, luck: fc.constant("well" as const) }),
  op(4, ["work"], { job: small, luck: fc.constant("badly" as const) }),
  op(8, ["settle"], {}),
  op(6, ["wait"], { ms: fc.constantFrom(1, 100, 600, 1_500, 3_000, 7_000, 19_500) }),
  op(2, ["stall"], { ms: fc.constantFrom(100, 1_500, 3_000, 9_000) }),
  op(5, ["others"], {
    key: small,
    act: fc.constantFrom("thaw", "freeze", "refreeze", "rewrite", "begin", "finish"),
  }),
  op(2, ["bypass"], { key: small, act: fc.constantFrom("raw-write", "discard", "hidden") }),
  op(2, ["iostats"], { key: small, on: fc.boolean() }),
  op(1, ["no-look"], { key: small }),
  op(1, ["end-all"], { close: fc.constantFrom(false, false, true) }),
) as fc.Arbitrary<Operation>;

const sight = fc.oneof(
  { weight: 6, arbitrary: fc.constant("exact" as const) },
  { weight: 2, arbitrary: fc.constant("log-head" as const) },
  { weight: 1, arbitrary: fc.constant("likely" as const) },
  { weight: 1, arbitrary: fc.constant("blind" as const) },
);

const plan: fc.Arbitrary<Plan> = fc.record({
  sights: fc.tuple(sight, sight, sight, sight),
  pidKnown: fc.boolean(),
  operations: fc.array(operation, { minLength: 1, maxLength: 60, size: "max" }),
});

/** Numbers from the environment, where somebody wants to repeat a failure or to look longer. */
function parameters(numRuns: number): fc.Parameters<[Plan]> {
  const { FC_SEED, FC_PATH, FC_RUNS } = process.env;
  return {
    numRuns: FC_RUNS === undefined ? numRuns : Number(FC_RUNS),
    ...(FC_SEED === undefined ? {} : { seed: Number(FC_SEED) }),
    ...(FC_PATH === undefined ? {} : { path: FC_PATH }),
  };
}

it("keeps its word, whatever happens in whatever order", { timeout: 120_000 }, () => {
  const seen = new Map<string, number>();
  const property = fc.property(plan, (drawn) => {
    const world = new World(drawn);
    for (const each of drawn.operations) world.run(each);
    world.drain();
    for (const [what, times] of world.seen) seen.set(what, (seen.get(what) ?? 0) + times);
  });
  // fast-check prints the seed, the path and the smallest plan that fails.
  fc.assert(property, parameters(6_000));
  // What never comes to pass is not tested.
  for (const what of mustComeToPass) expect(seen.get(what) ?? 0, what).toBeGreaterThan(10);
});

it("is pure: a step changes nothing that it was given, and comes out the same again", () => {
  const property = fc.property(plan, (drawn) => {
    const world = new World(drawn, true);
    for (const each of drawn.operations) world.run(each);
  });
  fc.assert(property, parameters(200));
});

const mustComeToPass: readonly string[] = [
  "resumed lingering",
  "resumed living",
  "resume refused",
  "others acted on our freeze",
  "intact interval",
  "undisturbed INTACT",
  "RELEASED INTACT",
  "RELEASED UNPROVEN",
  "RELEASED NOT_INTACT",
  "RELEASED NEVER_FROZEN",
  "CLIENT_GONE UNPROVEN",
  "EXPIRED NOT_INTACT",
  "EXPIRED NEVER_FROZEN",
  "FREEZE_FAILED NEVER_FROZEN",
  "FOREIGN_THAW NOT_INTACT",
  "ADMINISTRATOR UNPROVEN",
  "SHUTDOWN UNPROVEN",
  "DAEMON_RESTART UNPROVEN",
];
