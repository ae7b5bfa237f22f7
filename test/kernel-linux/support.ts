/** What the tests of the Linux kernel room share: kernels of each way, and what must go well. */
import type { Result } from "../../src/hold/refusal.js";
import { createLinuxKernel, type LinuxKernelOptions } from "../../src/kernel/linux/linux-kernel.js";
import type {
  FilesystemIdentity,
  GenerationReading,
  Kernel,
  OpenFilesystem,
  TargetSpec,
} from "../../src/kernel/port.js";

/** A kernel that is closed at the end of the scope. */
export function linuxKernel(options: Partial<LinuxKernelOptions> = {}): Kernel & Disposable {
  const kernel = createLinuxKernel({ bpf: true, fallbacks: true, ...options });
  return Object.assign(kernel, { [Symbol.dispose]: () => kernel.close() });
}

export function path(name: string, more: Partial<TargetSpec> = {}): TargetSpec {
  return { by: { kind: "path", path: name }, allowSubdirectory: false, ...more };
}

export function blockDevice(name: string): TargetSpec {
  return { by: { kind: "block-device", path: name }, allowSubdirectory: false };
}

export function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return result.value;
}

export function reason(result: Result<unknown>): string {
  return result.ok ? "OK" : result.refusal.reason;
}

export async function identify(kernel: Kernel, mountPoint: string): Promise<FilesystemIdentity> {
  return value(await kernel.resolve(path(mountPoint)));
}

/** Opens what is mounted there; closed at the end of the scope. */
export async function openAt(
  kernel: Kernel,
  mountPoint: string,
  watch = true,
): Promise<OpenFilesystem & Disposable> {
  const handle = value(await kernel.open(await identify(kernel, mountPoint), { watch }));
  return Object.assign(handle, { [Symbol.dispose]: () => handle.close() });
}

export interface Exact {
  readonly value: number;
  readonly freezerPid: number;
}

export function exact(reading: GenerationReading): Exact {
  if (reading.kind !== "exact") throw new Error(`no exact generation: ${JSON.stringify(reading)}`);
  return reading;
}
