/** Who may do what with whose hold: by default its owner's uid or certificate, and root. */
import type { Owner } from "./model.js";

export function isOwner(caller: Owner, owner: Owner): boolean {
  switch (caller.kind) {
    case "unix":
      return owner.kind === "unix" && caller.uid === owner.uid;
    case "tls":
      // The certificate itself, not its names: whoever presents it has proven to have its key,
      // while a CA may give the same names to several, and two CAs do not ask each other. A renewed
      // certificate is another owner; no hold lives long enough to miss the one before.
      return owner.kind === "tls" && caller.fingerprintSha256 === owner.fingerprintSha256;
    case "tcp":
      // They have nothing that tells them apart: whoever reaches the loopback port reaches all of
      // their holds.
      return owner.kind === "tcp";
    default:
      return caller satisfies never;
  }
}

export function isAdministrator(caller: Owner): boolean {
  return caller.kind === "unix" && caller.uid === 0;
}
