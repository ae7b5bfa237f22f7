/** Page tokens: opaque to clients, so that what is in them may change. This one names the last hold of the page before. */
const version = "h1:";

export function encodePageToken(lastHoldId: string): string {
  return Buffer.from(`${version}${lastHoldId}`).toString("base64url");
}

/** Undefined for what was never given out. */
export function decodePageToken(token: string): string | undefined {
  const bytes = Buffer.from(token, "base64url");
  // Node skips what is not base64url; only what it would write itself is a token.
  if (bytes.toString("base64url") !== token) return undefined;
  const text = bytes.toString();
  if (!text.startsWith(version) || text.length === version.length) return undefined;
  return text.slice(version.length);
}
