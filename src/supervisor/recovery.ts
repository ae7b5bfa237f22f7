/** What a dead service left behind: thaws what its journal names and is still ours and frozen, and writes the missing receipts. */
import type { Kernel } from "../kernel/port.js";
import type { Log } from "../observe/log.js";
import { HoldBook } from "./hold-book.js";
import type { Journal, JournalledGrant } from "./journal.js";
import { lifeOf, type ProcessIdentity } from "./process-life.js";
import { type RescueDependencies, rescue } from "./rescue.js";
import type { RestartFacts } from "./restart-receipts.js";

export interface RecoveryReport {
  /** Mount points that this thawed. */
  readonly thawed: readonly string[];
  /** Named in the journal, and could not be looked at: mount point and why. */
  readonly failed: readonly { readonly path: string; readonly why: string }[];
}

export interface RecoveryDependencies extends RestartFacts {
  readonly kernel: Kernel;
  readonly journal: Journal;
  readonly log: Log;
  readonly sleep: RescueDependencies["sleep"];
}

export async function recover(deps: RecoveryDependencies): Promise<RecoveryReport> {
  const thawed: string[] = [];
  const failed: { path: string; why: string }[] = [];
  await Promise.all(
    [...deps.journal.grants()].map(async ([name, entry]) => {
      const path = entry.grant.identity.mountPoint;
      // A reboot thaws everything.
      if (entry.bootId === deps.bootId) {
        const why = await recoverOne(entry, deps, thawed);
        if (why !== undefined) {
          failed.push({ path, why });
          return;
        }
      }
      deps.journal.removeGrant(name);
    }),
  );
  new HoldBook(deps.journal).endLiving(deps);
  return { thawed, failed };
}

async function recoverOne(
  entry: JournalledGrant,
  deps: RecoveryDependencies,
  thawed: string[],
): Promise<string | undefined> {
  const { identity } = entry.grant;
  const opened = await deps.kernel.open(identity, { watch: false });
  if (!opened.ok) {
    deps.log.error("journalled freeze cannot be looked at", {
      path: identity.mountPoint,
      ...opened.refusal,
    });
    return opened.refusal.message;
  }
  await guardianDeath(entry.guardian, deps);
  const how = await rescue(entry, opened.value, deps);
  opened.value.close();
  deps.log.warn("freeze of a dead service is over", {
    path: identity.mountPoint,
    how: how.kind,
  });
  if (how.kind === "thawed") thawed.push(identity.mountPoint);
  return undefined;
}

/** A guardian that lost its supervisor thaws by itself and leaves; one that is stopped or hung cannot. */
const orphanMs = 3_000;
const pollMs = 10;

/** Returns when its main thread is gone; a thread that is stuck in the kernel is waited for later. */
async function guardianDeath(
  guardian: ProcessIdentity,
  { sleep, log }: RecoveryDependencies,
): Promise<void> {
  for (let waited = 0; lifeOf(guardian) === "alive"; waited += pollMs) {
    if (waited === orphanMs) {
      log.warn("guardian of a dead service does not leave, killing it", { pid: guardian.pid });
      process.kill(guardian.pid, "SIGKILL");
    }
    await sleep(pollMs);
  }
}
