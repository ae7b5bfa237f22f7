/**
 * What the api may ask of the guardian: resolves and checks targets, then leaves every decision to
 * the hold machine.
 */
import { createHash, randomBytes } from "node:crypto";
import type { GuardianCall, Opened } from "../channel/api-protocol.js";
import type { CommandAnswer, HoldReference, ResumedHold } from "../channel/messages.js";
import type { Reply, ResolvedFilesystem } from "../hold/effects.js";
import { endedRefusal, holdNotFound, requestIdReused } from "../hold/hold-refusals.js";
import type {
  FilesystemStatus,
  FrozenBy,
  HoldStatus,
  HoldView,
  OpenRequest,
  Owner,
  ResumeRequest,
} from "../hold/model.js";
import { firstGeneration } from "../hold/opening.js";
import { isOwner } from "../hold/permission.js";
import { ok, type Refusal, type Result, refuse } from "../hold/refusal.js";
import type { Hold } from "../hold/state.js";
import { filesystemView, holderOf, holdView } from "../hold/view.js";
import type {
  FilesystemIdentity,
  Kernel,
  Probe,
  StateReading,
  TargetSpec,
} from "../kernel/port.js";
import type { Log } from "../observe/log.js";
import type { Archive } from "./archive.js";
import type { Driver } from "./driver.js";
import type { Protection } from "./protection.js";

const maxPageBytes = 2 * 1024 * 1024;

export interface ServiceDependencies {
  readonly kernel: Kernel;
  readonly driver: Driver;
  readonly archive: Archive;
  readonly protection: Protection;
  readonly log: Log;
}

export class Service {
  readonly #deps: ServiceDependencies;

  constructor(deps: ServiceDependencies) {
    this.#deps = deps;
  }

  /**
   * `onResult` is called once, in the turn of the decision, so that no event of a hold overtakes
   * its acceptance.
   */
  call(request: GuardianCall, onResult: (result: Result<unknown>) => void): void {
    this.#answer(request, onResult).catch((error: unknown) => {
      this.#deps.log.error("call failed", { method: request.method, error: String(error) });
      onResult(refuse("INTERNAL", "an internal error; the log says more"));
    });
  }

  async #answer(request: GuardianCall, onResult: (result: Result<unknown>) => void): Promise<void> {
    switch (request.method) {
      case "open":
        return this.#open(request.request, onResult);
      case "resume":
        return this.#resume(request.request, onResult);
      case "command":
        return this.#command(request, onResult);
      case "thaw":
        return onResult(await this.#thaw(request.caller, request.which));
      case "renew":
        return onResult(await this.#renew(request.caller, request.holdId, request.ttlMs));
      case "isFrozen":
        return onResult(await this.#isFrozen(request.target));
      case "getHold":
        return onResult(this.#getHold(request.holdId));
      case "listHolds":
        return onResult(this.#listHolds(request.size, request.after));
      default:
        request satisfies never;
        throw new Error("no such method");
    }
  }

  async #open(request: OpenRequest, onResult: (result: Result<Opened>) => void): Promise<void> {
    // A retry of what has ended hears of that also where the target is gone.
    const before = this.#endedEarlier(request);
    const filesystems = before ?? (await this.#resolveAll(request.targets));
    if (!filesystems.ok) {
      onResult(filesystems);
      return;
    }
    // Asked again in the turn of the decision: it may have ended while the targets were looked up.
    const earlier = this.#endedEarlier(request);
    if (earlier !== undefined) {
      onResult(earlier);
      return;
    }
    const holdId = `h-${randomBytes(8).toString("hex")}`;
    const resumeToken = newToken();
    const tokenDigest = digestOf(resumeToken);
    const open = { kind: "open", holdId, request, filesystems: filesystems.value } as const;
    this.#deps.driver.askThen({ ...open, tokenDigest }, (reply) => {
      onResult(
        map(reply, (r) => {
          if (r.kind !== "hold") return unexpected(r);
          const { hold, joined } = r;
          const ticket = { generation: firstGeneration, resumeToken };
          return { hold, joined, ...(hold.kind === "stream" ? { ticket } : {}) };
        }),
      );
    });
  }

  #resume(
    { token, ...request }: ResumeRequest,
    onResult: (result: Result<ResumedHold>) => void,
  ): void {
    const ended = this.#endedRefusal(request.holdId);
    if (ended !== undefined) {
      onResult({ ok: false, refusal: ended });
      return;
    }
    const resumeToken = newToken();
    const digests = { tokenDigest: digestOf(token), newTokenDigest: digestOf(resumeToken) };
    this.#deps.driver.askThen({ kind: "resume", request, ...digests }, (reply) => {
      onResult(
        map(reply, (r) => {
          if (r.kind !== "resumed") return unexpected(r);
          return { hold: r.hold, ticket: { generation: r.generation, resumeToken } };
        }),
      );
    });
  }

  #endedEarlier({
    owner,
    requestId,
    requestDigest,
  }: OpenRequest): { readonly ok: false; readonly refusal: Refusal } | undefined {
    const earlier = this.#deps.archive.findRequest(owner, requestId);
    if (earlier === undefined) return undefined;
    const { hold } = earlier;
    const refusal =
      earlier.requestDigest === requestDigest
        ? endedRefusal(hold.holdId, hold.receipt?.endCause ?? "DAEMON_RESTART")
        : requestIdReused();
    return { ok: false, refusal };
  }

  /** Several paths of one superblock are one file system; the first one named stands for it. */
  async #resolveAll(
    targets: readonly TargetSpec[],
  ): Promise<Result<readonly ResolvedFilesystem[]>> {
    const { kernel, protection } = this.#deps;
    const found = new Map<string, FilesystemIdentity>();
    const answers = await Promise.all(targets.map((target) => kernel.resolve(target)));
    for (const answer of answers) {
      if (!answer.ok) return answer;
      const identity = answer.value;
      const refusal = protection.check(identity);
      if (refusal !== undefined) return { ok: false, refusal };
      if (!found.has(identity.key)) found.set(identity.key, identity);
    }
    const withLayers = [...found.values()].map(async (identity) => {
      const layers = await kernel.layersBelow(identity);
      return { identity, below: layers.map((layer) => layer.key) };
    });
    return ok(await Promise.all(withLayers));
  }

  async #command(
    { holdId, generation, command }: GuardianCall & { readonly method: "command" },
    onResult: (result: Result<CommandAnswer>) => void,
  ): Promise<void> {
    if (command.kind === "status") {
      onResult(await this.#status(holdId));
      return;
    }
    const ended = this.#endedRefusal(holdId);
    if (ended !== undefined) {
      onResult({ ok: false, refusal: ended });
      return;
    }
    this.#deps.driver.askThen({ kind: "command", holdId, generation, command }, (reply) => {
      onResult(map(reply, (r) => (isAnswer(r) ? r : unexpected(r))));
    });
  }

  async #status(holdId: string): Promise<Result<CommandAnswer>> {
    const { driver } = this.#deps;
    // A broken freeze is found before the answer, not after it.
    driver.dispatch({ kind: "tick" });
    const hold = driver.state.holds.get(holdId);
    if (hold === undefined) return { ok: false, refusal: this.#missing(holdId) };
    const filesystems = await Promise.all(
      [...hold.filesystems.values()].map((fs) => this.#statusOf(fs.identity.mountPoint)),
    );
    const known = filesystems.flatMap((result) => (result.ok ? [result.value] : []));
    const status: HoldStatus = {
      state: worstState(known.length === hold.filesystems.size ? known : []),
      heldByThis: hold.phase.kind === "FROZEN",
      filesystems: known,
    };
    return ok({ kind: "status", status });
  }

  #statusOf(mountPoint: string): Promise<Result<FilesystemStatus>> {
    return this.#isFrozen({ by: { kind: "path", path: mountPoint }, allowSubdirectory: true });
  }

  async #isFrozen(target: TargetSpec): Promise<Result<FilesystemStatus>> {
    const probed = await this.#deps.kernel.probe(target);
    if (!probed.ok) return probed;
    const probe = probed.value;
    this.#deps.driver.dispatch({ kind: "tick" });
    const { identity } = probe;
    return ok({
      ...(identity === undefined ? {} : { filesystem: filesystemView(identity) }),
      device: probe.device,
      ...(probe.type === undefined ? {} : { type: probe.type }),
      reading: probe.reading,
      frozenBy: this.#frozenBy(probe),
    });
  }

  #frozenBy(probe: Probe): FrozenBy {
    const { state } = probe.reading;
    if (state === "THAWED") return { kind: "nobody" };
    const key = probe.identity?.key ?? `${probe.device.major}:${probe.device.minor}`;
    const ours = this.#holdsOn(key).map(holderOf);
    if (ours.length > 0 || this.#deps.driver.state.epochs.has(key)) {
      return { kind: "service", holds: ours };
    }
    if (probe.suspendedDevice !== undefined) {
      return { kind: "kernel", device: probe.suspendedDevice };
    }
    return state === "UNKNOWN" ? { kind: "unknown" } : { kind: "another-tool" };
  }

  /** Holds that keep this file system frozen, or wait for it. */
  #holdsOn(key: string): readonly Hold[] {
    return [...this.#deps.driver.state.holds.values()].filter((hold) => {
      const member = hold.filesystems.get(key)?.member.kind;
      return member !== undefined && member !== "IDLE";
    });
  }

  async #thaw(caller: Owner, which: HoldReference): Promise<Result<unknown>> {
    const named =
      which.kind === "id" ? ok(which.holdId) : await this.#ownLease(caller, which.target);
    if (!named.ok) return named;
    const ended = this.#endedRefusal(named.value);
    if (ended !== undefined) return { ok: false, refusal: ended };
    const reply = await this.#deps.driver.ask({ kind: "thaw", caller, holdId: named.value });
    return map(reply, (r) => (r.kind === "receipt" ? r.receipt : unexpected(r)));
  }

  /** The caller's own Freeze hold on a target. */
  async #ownLease(caller: Owner, target: TargetSpec): Promise<Result<string>> {
    const probed = await this.#deps.kernel.probe(target);
    if (!probed.ok) return probed;
    const { identity, device, reading } = probed.value;
    const key = identity?.key ?? `${device.major}:${device.minor}`;
    const path = identity?.mountPoint ?? key;
    const holders = this.#holdsOn(key);
    const own = holders.filter((h) => h.kind === "lease" && isOwner(caller, h.owner));
    const [only, ...more] = own;
    if (more.length > 0) {
      return refuse("HOLD_AMBIGUOUS", "you hold it several times; name the hold by its id", {
        path,
        hold_ids: own.map((hold) => hold.id).join(","),
      });
    }
    if (only !== undefined) return ok(only.id);
    const [holder] = holders;
    if (holder !== undefined) {
      return isOwner(caller, holder.owner)
        ? refuse(
            "HOLD_NOT_FOUND",
            "no Freeze hold of yours is on it; a stream's hold is ended by its id or its stream",
            {
              path,
              hold_id: holder.id,
            },
          )
        : refuse(
            "NOT_PERMITTED",
            "it is held by somebody else; only they and an administrator, by the hold's id, may end that",
            {
              action: "thaw",
              path,
              hold_id: holder.id,
              purpose: holder.purpose,
            },
          );
    }
    return reading.state === "FROZEN" || reading.state === "FREEZING"
      ? refuse(
          "FROZEN_BY_ANOTHER",
          "another tool has frozen it; thaw it there (fsfreeze -u), it is not ours to thaw",
          { path },
        )
      : refuse("NOT_FROZEN", "it is not frozen", { path, errno: "EINVAL" });
  }

  async #renew(
    caller: Owner,
    holdId: string,
    ttlMs: number | undefined,
  ): Promise<Result<HoldView>> {
    const ended = this.#endedRefusal(holdId);
    if (ended !== undefined) return { ok: false, refusal: ended };
    const reply = await this.#deps.driver.ask({ kind: "renew", caller, holdId, ttlMs });
    // The look of that very step may have found it broken.
    if (!reply.ok && reply.refusal.reason === "HOLD_NOT_FOUND") {
      return { ok: false, refusal: this.#missing(holdId) };
    }
    return map(reply, (r) => (r.kind === "hold" ? r.hold : unexpected(r)));
  }

  #getHold(holdId: string): Result<HoldView> {
    const hold = this.#view(holdId);
    return hold === undefined ? { ok: false, refusal: holdNotFound(holdId) } : ok(hold);
  }

  #view(holdId: string): HoldView | undefined {
    const { driver, archive } = this.#deps;
    const living = driver.state.holds.get(holdId);
    return living === undefined ? archive.get(holdId) : holdView(living, driver.state.epochs);
  }

  #listHolds(
    size: number,
    after: string,
  ): Result<{ readonly holds: readonly HoldView[]; readonly more: boolean }> {
    const { driver, archive } = this.#deps;
    const living = [...driver.state.holds.values()].map((h) => holdView(h, driver.state.epochs));
    const all = [...living, ...archive.all()].sort(newestFirst);
    const from = after === "" ? 0 : all.findIndex((hold) => hold.holdId === after) + 1;
    if (after !== "" && from === 0) {
      return refuse(
        "INVALID_REQUEST",
        "the page before is no longer known; list again from the start",
        {
          field: "page_token",
          violation: "expired",
        },
      );
    }
    const holds = fitting(all.slice(from, from + size));
    return ok({ holds, more: from + holds.length < all.length });
  }

  #endedRefusal(holdId: string): Refusal | undefined {
    const { driver, archive } = this.#deps;
    if (driver.state.holds.has(holdId)) return undefined;
    const ended = archive.get(holdId);
    return ended?.receipt && endedRefusal(holdId, ended.receipt.endCause);
  }

  #missing(holdId: string): Refusal {
    return this.#endedRefusal(holdId) ?? holdNotFound(holdId);
  }
}

/**
 * A boot time is the same for holds that came in one turn, and of an earlier boot's; the id makes
 * the order whole.
 */
function newestFirst(a: HoldView, b: HoldView): number {
  return b.openedAt.bootUs - a.openedAt.bootUs || (a.holdId < b.holdId ? -1 : 1);
}

/**
 * A hold of many file systems is large: a page ends early, after at least one, before it outgrows a
 * line of the channel.
 */
function fitting(holds: readonly HoldView[]): readonly HoldView[] {
  let bytes = 0;
  const over = holds.findIndex((hold) => {
    bytes += JSON.stringify(hold).length;
    return bytes > maxPageBytes;
  });
  return over < 0 ? holds : holds.slice(0, Math.max(1, over));
}

/** FROZEN only if all are; anything unknown makes the whole unknown. */
function worstState(filesystems: readonly FilesystemStatus[]): StateReading["state"] {
  const states = new Set(filesystems.map((fs) => fs.reading.state));
  for (const state of ["UNKNOWN", "THAWED", "FREEZING"] as const) {
    if (states.has(state)) return state;
  }
  return states.size === 0 ? "UNKNOWN" : "FROZEN";
}

function map<A, B>(result: Result<A>, to: (value: A) => B): Result<B> {
  return result.ok ? ok(to(result.value)) : result;
}

function isAnswer(reply: Reply): reply is CommandAnswer {
  return reply.kind !== "hold" && reply.kind !== "resumed" && reply.kind !== "receipt";
}

/** 128 random bits. Told in the answer to the stream that it belongs to, and kept nowhere. */
function newToken(): string {
  return randomBytes(16).toString("base64url");
}

function digestOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

function unexpected(reply: Reply): never {
  throw new Error(`the hold machine answered ${reply.kind} to another question`);
}
