/** The commands of the drivers: their fields, and the RPC that each of them comes to. */
export interface Command {
  readonly fields: readonly string[];
  /** Of FreezeService; undefined: none of it. */
  readonly rpc?: string;
  /** Milliseconds that a driver may take for it. */
  readonly limitMs?: number;
}

const settled = ["client", "targets", "options"] as const;

export const commands: Readonly<Record<string, Command>> = {
  connect: {
    fields: ["as", "address", "tls", "timeoutMs", "keepaliveTimeMs", "keepaliveTimeoutMs"],
  },
  close: { fields: ["client"] },
  hold: { fields: [...settled, "as"], rpc: "HoldFreeze" },
  resume: { fields: ["client", "as", "holdId", "resumeToken", "options"], rpc: "HoldFreeze" },
  "hold.freeze": { fields: ["hold"] },
  "hold.thaw": { fields: ["hold"] },
  "hold.renew": { fields: ["hold", "ttlMs"] },
  "hold.status": { fields: ["hold"] },
  "hold.release": { fields: ["hold", "acceptUnproven"] },
  "hold.cancel": { fields: ["hold"] },
  "hold.check": { fields: ["hold"] },
  "hold.receipt": { fields: ["hold"] },
  "hold.drop": { fields: ["hold"] },
  scope: { fields: [...settled, "as", "form"], rpc: "HoldFreeze" },
  leave: { fields: ["scope", "how"] },
  freeze: { fields: [...settled, "requestId"], rpc: "Freeze" },
  thaw: { fields: ["client", "holdId", "target", "acceptUnproven"], rpc: "Thaw" },
  forceThaw: { fields: ["client", "target"], rpc: "Thaw" },
  renew: { fields: ["client", "holdId", "ttlMs"], rpc: "RenewHold" },
  isFrozen: { fields: ["client", "target"], rpc: "IsFrozen" },
  plan: { fields: ["client", "targets"], rpc: "PlanFreeze" },
  listFilesystems: { fields: ["client"], rpc: "ListFilesystems" },
  getHold: { fields: ["client", "holdId"], rpc: "GetHold" },
  listHolds: { fields: ["client"], rpc: "ListHolds" },
  watch: { fields: ["client", "as", "includeEnded"], rpc: "WatchHolds" },
  unwatch: { fields: ["watch"] },
  health: { fields: ["client", "service"] },
  busy: { fields: ["ms"], limitMs: 60_000 },
  exit: { fields: [] },
};

export const events = [
  "entered",
  "broken",
  "progress",
  "expiring",
  "renewFailed",
  "watch",
  "watchEnded",
] as const;
