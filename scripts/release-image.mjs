import { join } from "node:path";
import { root } from "./root.mjs";

/** The contract as the last release had it, as buf writes it. */
export const releaseImage = join(root, "test/last-release.binpb");
