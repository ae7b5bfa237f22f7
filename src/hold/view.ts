/** From the machine's state to what others see: views, receipts. */
import type { FilesystemIdentity, Instant } from "../kernel/port.js";
import type { Host } from "./draft.js";
import { imageChanged } from "./hold-refusals.js";
import type {
  EndCause,
  FilesystemView,
  Holder,
  HoldFilesystemView,
  HoldState,
  HoldView,
  IntervalReceipt,
  Receipt,
  Verdict,
} from "./model.js";
import type { Epoch, Hold, HoldFilesystem } from "./state.js";
import { brokenBy, worst } from "./verdict.js";

export function holderOf({ id, owner, purpose }: Hold): Holder {
  return { id, owner, purpose };
}

export function filesystemView(identity: FilesystemIdentity): FilesystemView {
  return {
    key: identity.key,
    mountPoint: identity.mountPoint,
    directory: identity.directory,
    type: identity.type,
    source: identity.source,
    device: identity.device,
    ...(identity.uuid === undefined ? {} : { uuid: identity.uuid }),
    readOnly: identity.readOnly,
  };
}

export function holdView(hold: Hold, epochs: ReadonlyMap<string, Epoch>): HoldView {
  const expiresUs = hold.phase.kind === "FROZEN" ? hold.phase.expiresUs : undefined;
  const lingerUs = lingerEndUs(hold);
  return {
    holdId: hold.id,
    kind: hold.kind,
    state: holdState(hold),
    owner: hold.owner,
    purpose: hold.purpose,
    requested: hold.requested,
    effective: hold.effective,
    openedAt: hold.openedAt,
    ...(expiresUs === undefined ? {} : { expiresAt: instantAt(expiresUs, hold.openedAt) }),
    ...(lingerUs === undefined ? {} : { lingerExpiresAt: instantAt(lingerUs, hold.openedAt) }),
    filesystems: [...hold.filesystems.values()].map((fs) => memberView(fs, epochs)),
  };
}

/** Lingering never reaches past a deadline. */
function lingerEndUs({ stream, phase, callDeadlineUs }: Hold): number | undefined {
  if (stream?.lingerUntilUs === undefined) return undefined;
  const bounds = [callDeadlineUs, phase.kind === "FROZEN" ? phase.expiresUs : undefined];
  return Math.min(stream.lingerUntilUs, ...bounds.filter((us) => us !== undefined));
}

/**
 * The wall clock at a boot time, by the offset of a known instant. An expiry's wall time is only told, never compared, so a later step
 * of the wall clock does no harm.
 */
export function instantAt(bootUs: number, known: Instant): Instant {
  return { bootUs, wallUs: known.wallUs + (bootUs - known.bootUs) };
}

function holdState(hold: Hold): HoldState {
  switch (hold.phase.kind) {
    case "OPEN":
      return "OPEN";
    case "FREEZING":
      return "FREEZING";
    case "FROZEN":
      return "FROZEN";
    case "LETTING_GO":
      return "THAWING";
    default:
      return hold.phase satisfies never;
  }
}

function memberView(fs: HoldFilesystem, epochs: ReadonlyMap<string, Epoch>): HoldFilesystemView {
  const view = filesystemView(fs.identity);
  switch (fs.member.kind) {
    case "IDLE":
      return { ...view, state: "OPEN" };
    case "WAITING":
      return {
        ...view,
        state: epochs.get(fs.identity.key)?.kind === "FREEZING" ? "FREEZING" : "WAITING",
      };
    case "HELD":
      return {
        ...view,
        state: "FROZEN",
        frozenAt: fs.member.from.since,
        freezeUs: fs.member.from.baseline.freezeUs,
      };
    case "LEAVING":
      return { ...view, state: "THAWING" };
    default:
      return fs.member satisfies never;
  }
}

/** The hold's verdict is the worst of its intervals, lowered by how it ended. */
export function holdVerdict(intervals: readonly IntervalReceipt[], cause: EndCause): Verdict {
  if (intervals.length === 0) return "NEVER_FROZEN";
  const evidence = intervals.map((i) => i.verdict).reduce(worst, "INTACT");
  return worst(evidence, atBest(cause));
}

function atBest(cause: EndCause): Verdict {
  switch (cause) {
    case "RELEASED":
      return "INTACT";
    // It has intervals where a later freeze{} failed after a resume, to which that is told as the hold's end.
    case "FREEZE_FAILED":
    case "CLIENT_GONE":
    case "ADMINISTRATOR":
    case "SHUTDOWN":
    case "DAEMON_RESTART":
      return "UNPROVEN";
    case "EXPIRED":
    case "FOREIGN_THAW":
    case "DEVICE_FAILED":
      return "NOT_INTACT";
    default:
      return cause satisfies never;
  }
}

export function receiptOf(hold: Hold, cause: EndCause, now: Instant, host: Host): Receipt {
  const filesystems = [...hold.filesystems.values()];
  const intervals = filesystems.flatMap((fs) => fs.intervals);
  const verdict = holdVerdict(intervals, cause);
  const changed = verdict === "NOT_INTACT" ? imageChanged(hold.id, cause) : undefined;
  const refusal = hold.refusal ?? changed;
  return {
    holdId: hold.id,
    host: host.name,
    bootId: host.bootId,
    kind: hold.kind,
    owner: hold.owner,
    purpose: hold.purpose,
    requested: hold.requested,
    effective: hold.effective,
    openedAt: hold.openedAt,
    endedAt: now,
    endCause: cause,
    verdict,
    frozenCount: intervals.length,
    thawedCount: intervals.filter((i) => i.thawedByUs).length,
    filesystems: filesystems.map((fs) => ({
      filesystem: filesystemView(fs.identity),
      intervals: fs.intervals,
    })),
    ...(refusal === undefined ? {} : { refusal }),
  };
}

export function endedView(hold: Hold, receipt: Receipt): HoldView {
  return {
    holdId: hold.id,
    kind: hold.kind,
    state: "ENDED",
    owner: hold.owner,
    purpose: hold.purpose,
    requested: hold.requested,
    effective: hold.effective,
    openedAt: hold.openedAt,
    filesystems: [...hold.filesystems.values()].map((fs) => ({
      ...filesystemView(fs.identity),
      state: fs.intervals.some((interval) => brokenBy(interval) !== undefined)
        ? "BROKEN"
        : "THAWED",
    })),
    receipt,
  };
}
