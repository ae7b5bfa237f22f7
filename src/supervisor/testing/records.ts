/** Records of holds as guardians tell of them, of which a test changes one thing. */
import type { HoldRecord, RecordedIntervals } from "../../channel/supervisor-protocol.js";
import type { HoldState, HoldView, IntervalReceipt, Receipt } from "../../hold/model.js";
import { ada, instant } from "../../hold/testing/samples.js";
import type { FilesystemIdentity } from "../../kernel/port.js";

export function identityOf(key = "7:11", mountPoint = "/a"): FilesystemIdentity {
  const [major = 0, minor = 0] = key.split(":").map(Number);
  return {
    key,
    device: { major, minor },
    type: "ext4",
    mountPoint,
    directory: mountPoint,
    source: `/dev/loop${minor}`,
    uuid: `00000000-0000-4000-8000-0000000000${minor}`,
    readOnly: false,
  };
}

export function interval(changed: Partial<IntervalReceipt> = {}): IntervalReceipt {
  return {
    frozenAt: instant(2_000),
    endedAt: instant(3_000),
    freezeUs: 10,
    intactUntil: instant(3_000),
    verdict: "INTACT",
    findings: ["GENERATION_UNCHANGED"],
    thawedByUs: true,
    sharedAtEnd: false,
    ...changed,
  };
}

function view(holdId: string, state: HoldState, changed: Partial<HoldView>): HoldView {
  return {
    holdId,
    kind: "lease",
    state,
    owner: ada,
    purpose: "nightly",
    requested: {},
    effective: { ttlMs: 10_000, lingerMs: 0, freezeTimeoutMs: 30_000 },
    openedAt: instant(1_000),
    filesystems: [{ ...identityOf(), state: state === "FROZEN" ? "FROZEN" : "OPEN" }],
    ...changed,
  };
}

export interface RecordChanges {
  readonly hold?: Partial<HoldView>;
  readonly requestId?: string;
  readonly intervals?: Readonly<Record<string, RecordedIntervals>>;
  readonly broken?: HoldRecord["broken"];
}

export function livingRecord(
  holdId: string,
  { hold = {}, requestId = "", intervals = {}, broken }: RecordChanges = {},
): HoldRecord {
  return {
    hold: view(holdId, "FROZEN", hold),
    requestId,
    requestDigest: "d1",
    intervals,
    ...(broken === undefined ? {} : { broken }),
  };
}

export function endedRecord(
  holdId: string,
  {
    hold = {},
    requestId = "",
    receipt = {},
  }: RecordChanges & { readonly receipt?: Partial<Receipt> } = {},
): HoldRecord {
  const { expiresAt: _, filesystems, ...ended } = view(holdId, "ENDED", hold);
  return {
    hold: {
      ...ended,
      filesystems: filesystems.map((fs) => ({ ...fs, state: "THAWED" })),
      receipt: {
        holdId,
        host: "bench",
        bootId: "boot",
        kind: ended.kind,
        owner: ended.owner,
        purpose: ended.purpose,
        requested: {},
        effective: ended.effective,
        openedAt: ended.openedAt,
        endedAt: instant(5_000),
        endCause: "RELEASED",
        verdict: "INTACT",
        frozenCount: 1,
        thawedCount: 1,
        filesystems: [{ filesystem: identityOf(), intervals: [interval()] }],
        ...receipt,
      },
    },
    requestId,
    requestDigest: "d1",
  };
}
