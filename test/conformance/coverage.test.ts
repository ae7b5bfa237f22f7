/** Every RPC and every reason of the contract has a case, or a reason why it cannot have one: what is new fails here first. */
import { expect, test } from "vitest";
import { ErrorReason } from "../../src/gen/fsfreeze/v1/errors_pb.js";
import { FreezeService } from "../../src/gen/fsfreeze/v1/freeze_service_pb.js";
import { allSteps, type Case } from "./case.js";
import { commands } from "./commands.js";
import { reasonsNotProvoked, rpcsNotServed } from "./coverage.js";
import { at } from "./match.js";
import { readCases } from "./read-cases.js";

const cases = readCases();
const ofServer = (server: Case["server"]) => cases.filter((one) => one.server === server);
const steps = (some: readonly Case[]) => some.flatMap((one) => allSteps(one.steps));

/** RPCs whose answer is expected, not their refusal. */
function answered(some: readonly Case[]): ReadonlySet<string> {
  const started = new Set(
    steps(some).flatMap((step) =>
      step.kind === "await" && step.outcome.kind === "ok" ? [step.name] : [],
    ),
  );
  return new Set(
    steps(some).flatMap((step) => {
      if (step.kind !== "do" || step.outcome.kind !== "ok") return [];
      const { rpc } = commands[step.command] ?? {};
      // `watch` is answered before the service says anything.
      if (rpc === undefined || step.command === "watch") return [];
      return step.start === undefined || started.has(step.start) ? [rpc] : [];
    }),
  );
}

/** Reasons that are expected by their names. */
function expected(some: readonly Case[]): ReadonlySet<string> {
  return new Set(
    steps(some).flatMap((step) => {
      const outcome = step.kind === "do" || step.kind === "await" ? step.outcome : undefined;
      const error =
        outcome?.kind === "error"
          ? outcome.error
          : step.kind === "event"
            ? step.expect.error
            : undefined;
      const reason = at(error, "reason");
      return typeof reason === "string" ? [reason] : [];
    }),
  );
}

test("every RPC has a case, or is known not to be served", () => {
  const served = FreezeService.methods
    .map(({ name }) => name)
    .filter((name) => !(name in rpcsNotServed));
  const real = answered(ofServer("real"));
  expect(served.filter((name) => !real.has(name))).toEqual([]);
  // What is served by now has no place in the list any more.
  expect(Object.keys(rpcsNotServed).filter((name) => real.has(name))).toEqual([]);
  const newer = answered(ofServer("newer"));
  const watched = steps(ofServer("newer")).some(
    (step) => step.kind === "event" && step.event === "watch",
  );
  const all = Object.keys(rpcsNotServed).filter((name) => name !== "WatchHolds" || !watched);
  expect(all.filter((name) => !newer.has(name))).toEqual([]);
});

test("every reason has a case, or a reason why not", () => {
  const names = Object.keys(ErrorReason).filter(
    (name) => Number.isNaN(Number(name)) && name !== "UNSPECIFIED",
  );
  expect(names.length).toBeGreaterThan(30);
  const real = expected(ofServer("real"));
  const missing = names.filter((name) => !real.has(name) && !(name in reasonsNotProvoked));
  expect(missing).toEqual([]);
  expect(Object.keys(reasonsNotProvoked).filter((name) => real.has(name))).toEqual([]);
  const newer = expected(ofServer("newer"));
  expect(Object.keys(reasonsNotProvoked).filter((name) => !newer.has(name))).toEqual([]);
});

test("every command of the drivers is used", () => {
  const used = new Set(steps(cases).flatMap((step) => (step.kind === "do" ? [step.command] : [])));
  expect(Object.keys(commands).filter((name) => !used.has(name))).toEqual([]);
});
