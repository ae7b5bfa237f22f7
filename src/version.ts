/** The package's version, as package.json has it: compared at hello between our processes, told by --version. */
import { readFileSync } from "node:fs";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  readonly version: string;
};

export const version: string = manifest.version;
