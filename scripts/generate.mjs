// Generates the code of the contract (proto/) into src/gen and clients/typescript/src/gen.
// What is there is replaced only when all of it could be generated, so that a mistake in a proto file
// leaves a tree that still builds.
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generatedDirectories, generateInto, root } from "./generated-code.mjs";

const fresh = mkdtempSync(join(tmpdir(), "fsfreezed-generate-"));
try {
  const done = generateInto(fresh);
  if (done.ok) {
    for (const directory of generatedDirectories) {
      rmSync(join(root, directory), { recursive: true, force: true });
      cpSync(join(fresh, directory), join(root, directory), { recursive: true });
      console.log(`generated ${directory}`);
    }
  } else {
    console.error(`generate: nothing was changed, because buf failed:\n${done.output}`);
    process.exitCode = 1;
  }
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
