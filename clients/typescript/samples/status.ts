// Tells of each TARGET whether it is frozen and by whom, then of the holds that live.
// Usage: status ADDRESS TARGET...
import { connect } from "@fsfreezed/client";

const [address = "", ...targets] = process.argv.slice(2);
if (targets.length === 0) {
  console.error("usage: status ADDRESS TARGET...");
  process.exit(2);
}

// [status]
using client = connect(address);
for (const target of targets) {
  const { state, certainty, frozenBy } = await client.isFrozen(target);
  const by = frozenBy.map(({ freezer }) => freezer).join(", ");
  console.log(`${target}: ${state} (${certainty ?? "not known"}) ${by}`);
}
for await (const hold of client.listHolds()) {
  if (hold.state === "ENDED") continue;
  console.log(`${hold.holdId} ${hold.state} until ${hold.expireTime?.toISOString()}`);
}
// [/status]
