import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../.tools/bin", import.meta.url));
const cached = `${bin}/grpcurl`;
const source = "github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.4";

export type Grpcurl =
  | { readonly found: true; readonly path: string }
  | { readonly found: false; readonly why: string };

/** grpcurl of the machine, or one built here before, or, where Go is, built now (half a minute, and the module proxy). */
export function findGrpcurl(): Grpcurl {
  const installed = spawnSync("sh", ["-c", "command -v grpcurl"], { encoding: "utf8" });
  if (installed.status === 0) return { found: true, path: installed.stdout.trim() };
  if (existsSync(cached)) return { found: true, path: cached };
  if (spawnSync("go", ["version"]).status !== 0)
    return { found: false, why: `neither grpcurl nor go is installed (go install ${source})` };
  const built = spawnSync("go", ["install", source], {
    encoding: "utf8",
    env: { ...process.env, GOBIN: bin },
    timeout: 300_000,
  });
  return built.status === 0
    ? { found: true, path: cached }
    : { found: false, why: `go install ${source} fails: ${built.stderr.slice(-300)}` };
}
