export type Run = (
  command: string,
  args: readonly string[],
  options?: {
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly limitMs?: number;
  },
) => Promise<string>;

/** What a clients/LANGUAGE/toolchain.mjs exports, as far as tests need it; command lines by name. */
export interface Toolchain {
  readonly language: string;
  missing(): string | undefined;
  build(directory: string, run: Run): Promise<void>;
  drivers(directory: string): Readonly<Record<string, readonly string[]>>;
  samples(directory: string): Readonly<Record<string, readonly string[]>>;
  tests?(directory: string): Readonly<Record<string, readonly string[]>>;
}

export function toolsDirectory(): string;
export function buildDirectory(language: string): string;
export function clientLanguages(): Promise<readonly Toolchain[]>;
export const runTool: Run;
