/**
 * What a dead service left behind: thaws what its journal names and is still ours and frozen, and
 * writes the missing receipts.
 */
import { type LowerLayers, openLowerLayers } from "../kernel/lower-layers.js";
import type { FilesystemIdentity, Kernel, OpenFilesystem } from "../kernel/port.js";
import type { Log } from "../observe/log.js";
import { Claims } from "./claims.js";
import { HoldBook } from "./hold-book.js";
import type { Journal, JournalledGrant } from "./journal.js";
import { killProcess, type Life, lifeOf, type ProcessIdentity } from "./process-life.js";
import { type RescueDependencies, rescue } from "./rescue.js";
import type { RestartFacts } from "./restart-receipts.js";

export interface RecoveryReport {
  /** Mount points that this thawed. */
  readonly thawed: readonly string[];
  /**
   * Named in the journal, and could not be looked at: mount point, or the journal's file, and why.
   */
  readonly failed: readonly { readonly path: string; readonly why: string }[];
  /**
   * Not over when patience was: a freeze still in flight, a thaw that waits. It is gone on with
   * until `settled`.
   */
  readonly pending: readonly string[];
  readonly settled: Promise<void>;
}

export interface RecoveryDependencies extends RestartFacts {
  readonly kernel: Kernel;
  readonly journal: Journal;
  readonly log: Log;
  readonly sleep: RescueDependencies["sleep"];
  /** Shared with the guardians that are started meanwhile. */
  readonly claims?: Claims;
  /** How long to wait for what is not over; without it, for ever. */
  readonly patienceMs?: number;
  /** The operator's choice: leave frozen what another program may have frozen since. */
  readonly onlyProven?: boolean | undefined;
  readonly life?: ((process: ProcessIdentity) => Life) | undefined;
  readonly kill?: ((pid: number) => void) | undefined;
}

export async function recover(deps: RecoveryDependencies): Promise<RecoveryReport> {
  const { journal, claims = new Claims(), patienceMs } = deps;
  const thawed: string[] = [];
  const failed = journal
    .unreadableGrants()
    .map((path) => ({ path, why: "this journal entry cannot be read" }));
  const pending = new Map<string, string>();
  const all = [...journal.grants()].map(async ([name, entry]) => {
    const { identity } = entry.grant;
    const unclaim = claims.claim(identity.key);
    pending.set(name, identity.mountPoint);
    const outcome = await recoverOne(entry, deps);
    pending.delete(name);
    unclaim();
    if (outcome.kind === "thawed") thawed.push(identity.mountPoint);
    if (outcome.kind === "failed") failed.push({ path: identity.mountPoint, why: outcome.why });
    else removeGrant(name, deps);
  });
  const settled = Promise.all(all).then(() => {});
  await (patienceMs === undefined ? settled : Promise.race([settled, deps.sleep(patienceMs)]));
  new HoldBook(journal, deps.log).endLiving(deps);
  return { thawed: [...thawed], failed: [...failed], pending: [...pending.values()], settled };
}

function removeGrant(name: string, { journal, log }: RecoveryDependencies): void {
  try {
    journal.removeGrant(name);
  } catch (error) {
    log.error("journal entry cannot be removed", { name, error: String(error) });
  }
}

type Outcome =
  | { readonly kind: "thawed" | "over" }
  | { readonly kind: "failed"; readonly why: string };

/** Never rejects: what goes wrong with one must not keep the others frozen. */
async function recoverOne(entry: JournalledGrant, deps: RecoveryDependencies): Promise<Outcome> {
  // A reboot thaws everything.
  if (entry.bootId !== deps.bootId) return { kind: "over" };
  const { mountPoint } = entry.grant.identity;
  try {
    await guardianDeath(entry.guardian, deps);
    const found = await find(entry.grant.identity, deps.kernel);
    if (found.kind !== "open") {
      if (found.kind === "failed") {
        deps.log.error("journalled freeze cannot be looked at", {
          path: mountPoint,
          why: found.why,
        });
      }
      return found;
    }
    const { handle } = found;
    const lower = await openLowerLayers(deps.kernel, handle.identity, deps.log);
    const { onlyProven } = deps;
    const how = await rescue({ entry: () => entry, handle, lower, onlyProven }, deps);
    close(handle, lower);
    if (how.kind === "unproven") {
      deps.log.error("frozen, and nothing tells whether by us", { path: mountPoint });
      return { kind: "failed", why: "it is frozen, and nothing tells whether by us" };
    }
    deps.log.warn("freeze of a dead service is over", { path: mountPoint, how: how.kind });
    return { kind: how.kind === "thawed" ? "thawed" : "over" };
  } catch (error) {
    deps.log.error("journalled freeze cannot be recovered", {
      path: mountPoint,
      error: String(error),
    });
    return { kind: "failed", why: String(error) };
  }
}

function close(handle: OpenFilesystem, lower: LowerLayers): void {
  handle.close();
  lower.close();
}

type Found =
  | { readonly kind: "open"; readonly handle: OpenFilesystem }
  | { readonly kind: "over" }
  | { readonly kind: "failed"; readonly why: string };

/**
 * By its mount point; if that is gone, wherever else it is mounted; if it is nowhere, its device
 * may say that it is not frozen.
 */
async function find(identity: FilesystemIdentity, kernel: Kernel): Promise<Found> {
  const there = await kernel.open(identity, { watch: false });
  if (there.ok) return { kind: "open", handle: there.value };
  const by = { kind: "device-number", device: identity.device } as const;
  const target = { by, allowSubdirectory: true };
  const elsewhere = await kernel.resolve(target);
  if (elsewhere.ok) {
    // Another file system has that device now, so the one that we froze is gone.
    if (!isSame(elsewhere.value, identity)) return { kind: "over" };
    const opened = await kernel.open(elsewhere.value, { watch: false });
    if (opened.ok) return { kind: "open", handle: opened.value };
  }
  const probed = await kernel.probe(target);
  if (probed.ok) {
    const { state, certainty } = probed.value.reading;
    if (state === "THAWED" && certainty === "CERTAIN") return { kind: "over" };
  }
  return { kind: "failed", why: there.refusal.message };
}

function isSame(now: FilesystemIdentity, then: FilesystemIdentity): boolean {
  const sameUuid = now.uuid === undefined || then.uuid === undefined || now.uuid === then.uuid;
  return sameUuid && now.type === then.type;
}

/**
 * A guardian that lost its supervisor thaws by itself and leaves; one that is stopped or hung
 * cannot.
 */
const orphanMs = 3_000;
const pollMs = 10;

/**
 * Returns when its main thread is gone; a thread that is stuck in the kernel is waited for later.
 */
async function guardianDeath(guardian: ProcessIdentity, deps: RecoveryDependencies): Promise<void> {
  const { sleep, log, life = lifeOf, kill = killProcess } = deps;
  for (let waited = 0; life(guardian) === "alive"; waited += pollMs) {
    if (waited === orphanMs) {
      log.warn("guardian of a dead service does not leave, killing it", { pid: guardian.pid });
      kill(guardian.pid);
    }
    await sleep(pollMs);
  }
}
