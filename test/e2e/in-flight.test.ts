/** A FIFREEZE that hangs in the kernel cannot be stopped. Whoever gives it up is answered at once; it is thawed when it lands. */
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { status } from "@grpc/grpc-js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FreezeService } from "../../src/gen/fsfreeze/v1/freeze_service_pb.js";
import { EndCause, Verdict } from "../../src/gen/fsfreeze/v1/receipt_pb.js";
import type { DescriptorClient } from "../support/api/descriptor-client.js";
import { useDaemon } from "../support/daemon.js";
import { expectFrozen, expectThawed } from "../support/kernel-truth.js";
import {
  createLoopFilesystem,
  filesystemTypes,
  type LoopFilesystem,
} from "../support/loop-filesystem.js";
import { refusalOf } from "../support/outcome.js";
import { openRaw, pathTarget } from "../support/raw-hold.js";
import { requires } from "../support/requirements.js";
import { StuckFreeze } from "../support/stuck-freeze.js";

for (const type of filesystemTypes) {
  requires("root", "loop", type, "bpf", "userfaultfd").describe(
    `a freeze of ${type} in flight`,
    () => {
      const daemon = useDaemon();
      let slow: LoopFilesystem;
      let quick: LoopFilesystem;
      let path: string;
      beforeAll(async () => {
        slow = await createLoopFilesystem({ type });
        quick = await createLoopFilesystem({ type: "ext4" });
        path = slow.mountPoint;
      });
      afterAll(async () => {
        await slow?.dispose();
        await quick?.dispose();
      });

      /** Does something while a freeze of `path` is begun and hangs; then lets it land, and it must be thawed then. */
      async function whileInFlight(
        begin: (client: DescriptorClient) => Promise<() => Promise<unknown>>,
      ): Promise<void> {
        const client = daemon().connectRaw();
        await using stuck = await StuckFreeze.hold(path);
        const giveUp = await begin(client);
        await daemon().waitUntilFreezing();
        await giveUp();
        // The answer came while the freeze was still in flight, and nobody else has to wait for it.
        await daemon().waitUntilFreezing(1, 0);
        await holdTheOther();
        await daemon().waitUntilFreezing(1, 0);
        await stuck.release();
        // New writes have been waiting since the freeze began, so this one cannot get in before it lands.
        await expectThawed(path);
        client.close();
        expect(daemon().guardianDescriptors()).not.toContain(path);
        expect(await slow.unmount()).toMatchObject({ code: 0 });
        await slow.mount();
      }

      async function holdTheOther(): Promise<void> {
        using client = daemon().connect();
        const hold = await client.hold(quick.mountPoint);
        await expectFrozen(quick.mountPoint);
        expect((await hold.release()).verdict).toBe("INTACT");
        await expectThawed(quick.mountPoint);
      }

      test("cancel", () =>
        whileInFlight(async (client) => {
          const stream = openRaw(client, [path]);
          await stream.event("opened");
          return async () => {
            stream.call.cancel();
            expect((await stream.status).code).toBe(status.CANCELLED);
          };
        }));

      test("half-close", () =>
        whileInFlight(async (client) => {
          const stream = openRaw(client, [path]);
          await stream.event("opened");
          return async () => {
            stream.call.end();
            expect((await stream.event("ended")).value.receipt).toMatchObject({
              endCause: EndCause.RELEASED,
              verdict: Verdict.NEVER_FROZEN,
            });
            expect(await stream.status).toMatchObject({
              code: status.FAILED_PRECONDITION,
              reason: "NOT_FROZEN",
            });
          };
        }));

      test("release", () =>
        whileInFlight(async (client) => {
          const stream = openRaw(client, [path]);
          return async () => {
            stream.send({ case: "release", value: {} }, 2n);
            expect((await stream.status).reason).toBe("NOT_FROZEN");
          };
        }));

      test("the call's own deadline", () =>
        whileInFlight(async (client) => {
          const stream = openRaw(client, [path], {}, { deadline: Date.now() + 1_500 });
          return async () => {
            expect((await stream.status).code).toBe(status.DEADLINE_EXCEEDED);
          };
        }));

      test("the freeze's timeout", () =>
        whileInFlight(async (client) => {
          const stream = openRaw(client, [path], { freezeTimeout: durationFromMs(1_000) });
          return async () => {
            expect(await stream.status).toMatchObject({
              code: status.DEADLINE_EXCEEDED,
              reason: "FREEZE_TIMEOUT",
            });
          };
        }));

      test("Freeze cancelled, at its deadline, at its timeout", () =>
        whileInFlight(async (client) => {
          const request = { targets: [pathTarget(path)] };
          const { freeze } = FreezeService.method;
          let cancel = () => {};
          const cancelled = client.unary(freeze, request, { onCall: (give) => (cancel = give) });
          const late = client.unary(freeze, request, { deadline: Date.now() + 1_000 });
          const slowOne = client.unary(freeze, {
            ...request,
            freezeTimeout: durationFromMs(1_000),
          });
          return async () => {
            cancel();
            expect(await cancelled).toMatchObject({ ok: false, code: status.CANCELLED });
            expect(await late).toMatchObject({ ok: false, code: status.DEADLINE_EXCEEDED });
            expect(await slowOne).toMatchObject({ ok: false, reason: "FREEZE_TIMEOUT" });
          };
        }));

      test("a hold ended by its id", () =>
        whileInFlight(async (client) => {
          const stream = openRaw(client, [path]);
          const holdId = (await stream.event("opened")).value.hold?.holdId ?? "";
          return async () => {
            const thawed = client.unary(FreezeService.method.thaw, {
              subject: { case: "holdId", value: holdId },
            });
            expect((await stream.event("ended")).value.receipt?.verdict).toBe(Verdict.NEVER_FROZEN);
            expect((await thawed).ok).toBe(false);
          };
        }));

      test("thaw{} gives up the freeze and keeps the hold, which can freeze again", async () => {
        const client = daemon().connectRaw();
        await using stuck = await StuckFreeze.hold(path);
        const stream = openRaw(client, [path]);
        await stream.event("opened");
        await daemon().waitUntilFreezing();
        stream.send({ case: "thaw", value: {} }, 2n);
        expect((await stream.event("thawed")).seq).toBe(2n);
        await daemon().waitUntilFreezing(1, 0);
        stream.send({ case: "freeze", value: {} }, 3n);
        stream.send({ case: "thaw", value: {} }, 4n);
        stream.send({ case: "freeze", value: {} }, 5n);
        expect((await stream.event("thawed", 1)).seq).toBe(4n);
        await daemon().waitUntilFreezing(1, 0);
        await stuck.release();
        expect((await stream.event("frozen")).seq).toBe(5n);
        await expectFrozen(path);
        stream.call.end();
        expect((await stream.status).code).toBe(status.OK);
        await expectThawed(path);
        client.close();
      });

      test("the public client's abort and cancel", async () => {
        using client = daemon().connect();
        await using stuck = await StuckFreeze.hold(path);
        const giveUp = new AbortController();
        const holding = client.hold(path, { signal: giveUp.signal });
        const freezing = client.freeze(path, { signal: giveUp.signal });
        await daemon().waitUntilFreezing();
        giveUp.abort();
        expect((await refusalOf(holding)).reason).toBe("CANCELLED");
        expect((await refusalOf(freezing)).reason).toBe("CANCELLED");
        await daemon().waitUntilFreezing(1, 0);
        await stuck.release();
        await expectThawed(path);
      });
    },
  );
}
