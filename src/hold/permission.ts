/** Who may do what with whose hold: by default its owner's uid, and root. */
import type { Owner } from "./model.js";

/** TCP peers have no uid and count as one owner: whoever reaches the loopback port reaches all of their holds. */
export function isOwner(caller: Owner, owner: Owner): boolean {
  return caller.kind === "unix" && owner.kind === "unix"
    ? caller.uid === owner.uid
    : caller.kind === owner.kind;
}

export function isAdministrator(caller: Owner): boolean {
  return caller.kind === "unix" && caller.uid === 0;
}
