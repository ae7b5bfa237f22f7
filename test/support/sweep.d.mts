export interface MountEntry {
  readonly device: string;
  readonly mountPoint: string;
  readonly type: string;
  readonly source: string;
}

export interface LoopEntry {
  readonly path: string;
  readonly device: string;
  readonly backingFile: string;
}

export interface ProcessHandle {
  readonly pid: number;
  readonly startTime: string;
}

export function readMounts(): MountEntry[];
export function readLoops(): LoopEntry[];
export interface ProcessEntry {
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly startTime: string;
}

export function readProcess(pid: number): ProcessEntry | undefined;
export function isDead(pid: number, startTime: string): boolean;
export function attempt(
  command: string,
  args: readonly string[],
  limitMs: number,
): Promise<boolean>;
export function remains(
  directory: string,
  images?: readonly string[],
): { readonly loops: LoopEntry[]; readonly mounts: MountEntry[] };
export function sweep(what: {
  readonly directory: string;
  readonly images?: readonly string[];
  readonly processes?: readonly ProcessHandle[];
  readonly limitMs?: number;
}): Promise<{ readonly clean: boolean; readonly remaining: readonly string[] }>;
