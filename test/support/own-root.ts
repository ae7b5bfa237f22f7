/**
 * A root that a daemon runs from, on a file system of the rig: node, its libraries, the built program and what that depends on. Only sockets and
 * state lie on a tmpfs. What is mounted in it is mounted in the daemon's own mount namespace.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, readlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { must } from "./command.js";
import { Daemon, type Role } from "./daemon.js";
import { createLoopFilesystem, type LoopFilesystem } from "./loop-filesystem.js";
import { rigSession } from "./rig-session.js";

const project = fileURLToPath(new URL("../..", import.meta.url));
const roles = ["supervisor", "guardian", "api"] as const satisfies Role[];

/** $1 the root, $2 the directory for state, then an empty argument or a cgroup, then one or a pipe for the log, then the command. */
const enter = `
set -e
root=$1 state=$2 cgroup=$3 pipe=$4; shift 4
# A mount namespace copies all mounts; what others unmount meanwhile would live on in it.
while read -r _ _ _ _ at _ rest; do
  case "$rest" in */dev/loop*) [ "$at" = "$root" ] || umount -l "$at" || true ;; esac
done </proc/self/mountinfo
for tree in proc sys dev; do mount --rbind /$tree "$root/$tree"; done
mount --bind "$state" "$root$state"
[ -z "$cgroup" ] || echo $$ >"$cgroup/cgroup.procs"
[ -z "$pipe" ] || exec 2>"$pipe"
cd "$root"
# Node tells of a file that is missing on stderr, and waits until somebody reads that.
unset NODE_EXTRA_CA_CERTS
exec chroot "$root" "$@"`;

export interface EnterOptions {
  /** The directory of a cgroup that it is to run in. */
  readonly cgroup?: string;
  /** A pipe in the file system that its log goes to. */
  readonly logPipe?: string;
  readonly args?: readonly string[];
}

export class OwnRoot {
  readonly filesystem: LoopFilesystem;
  /** On a tmpfs; the same path inside and outside. */
  readonly runDirectory: string;

  private constructor(filesystem: LoopFilesystem, runDirectory: string) {
    this.filesystem = filesystem;
    this.runDirectory = runDirectory;
  }

  static async create(): Promise<OwnRoot> {
    const filesystem = await createLoopFilesystem({ type: "ext4", sizeMb: 768 });
    const root = filesystem.mountPoint;
    const run = (await rigSession()).makeDirectory("run");
    await must("mount", ["-t", "tmpfs", "-o", "mode=755", "none", run]);
    for (const directory of ["proc", "sys", "dev", "tmp", "etc", run]) {
      mkdirSync(join(root, directory), { recursive: true });
    }
    for (const path of [...(await programFiles()), "/etc/passwd", "/etc/group"]) {
      mkdirSync(join(root, dirname(path)), { recursive: true });
      cpSync(path, join(root, path), { dereference: true });
    }
    for (const path of projectFiles()) {
      cpSync(join(project, path), join(root, project, path), {
        dereference: true,
        recursive: true,
      });
    }
    await must("sync", ["-f", root]);
    return new OwnRoot(filesystem, run);
  }

  /** A daemon inside, which may freeze its root. Throws where any process of it is not inside: "/" would be this machine's. */
  async start(options: EnterOptions = {}): Promise<Daemon> {
    const { mountPoint } = this.filesystem;
    const { cgroup = "", logPipe = "", args = [] } = options;
    const daemon = await Daemon.start({
      through: [
        ...["unshare", "--mount", "--propagation", "private", "sh", "-c", enter, "sh"],
        ...[mountPoint, this.runDirectory, cgroup, logPipe],
      ],
      stateDir: join(this.runDirectory, "state"),
      args: ["--unprotect", "/", ...args],
    });
    for (const role of roles) {
      const root = readlinkSync(`/proc/${daemon.pid(role)}/root`);
      if (root === mountPoint) continue;
      daemon.killAll();
      throw new Error(`the ${role} runs in ${root}, not in ${mountPoint}`);
    }
    return daemon;
  }

  async dispose(): Promise<void> {
    await must("umount", [this.runDirectory]);
    await this.filesystem.dispose();
  }
}

/** Node and the libraries that ld.so finds for it. */
async function programFiles(): Promise<readonly string[]> {
  const linked = await must("ldd", [process.execPath]);
  const libraries = linked.split("\n").flatMap((line) => {
    const path = /(?:=> )?(\/\S+) \(0x/.exec(line)?.[1];
    return path === undefined ? [] : [path];
  });
  return [process.execPath, ...libraries];
}

/** As an installed package: what is built, and the packages that it does not need for development only. */
function projectFiles(): readonly string[] {
  const lock: { readonly packages: Readonly<Record<string, { readonly dev?: boolean }>> } =
    JSON.parse(readFileSync(join(project, "package-lock.json"), "utf8"));
  const packages = Object.entries(lock.packages)
    .filter(([path, { dev }]) => path.startsWith("node_modules/") && dev !== true)
    .map(([path]) => path)
    .filter((path) => existsSync(join(project, path)));
  return ["package.json", "dist", ...packages];
}
