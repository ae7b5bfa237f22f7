// The built service without systemd, started and ended by this program, and holds of it.
import { fork, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connect } from "@fsfreezed/client";
import { fail, finish } from "./checks.mjs";
import { must, until } from "./commands.mjs";

const program = fileURLToPath(new URL("../../../dist/cli/fsfreezed.cjs", import.meta.url));
const holderProgram = fileURLToPath(new URL("holder.mjs", import.meta.url));

/** Starting three Node processes takes this long on an emulated processor, and longer where the host is busy. */
export const startMs = 180_000;
/** By how much the service itself is told to be more patient with its own processes. */
export const slowness = Number(process.env.FSFREEZED_SLOWNESS ?? "1");
/** Most of what is checked does not depend on the kernel: the slowest checks run on one only. */
export const slowToo = process.env.VM_SLOW_TOO !== "0";
/** After it a hung process of the service is taken for dead. */
export const silenceMs = 2_000 * slowness;
export const patience = ["--keepalive-time", "20000", "--keepalive-timeout", "20000"];
/** A client whose own event loop is slow must not be taken for dead. */
const patient = { keepaliveTime: 20_000, keepaliveTimeout: 20_000, timeout: 60_000 };

export class Service {
  #child;
  log = "";

  static async start(stateDir) {
    const service = new Service(stateDir);
    await service.#serving();
    return service;
  }

  constructor(stateDir) {
    this.stateDir = stateDir;
    this.address = `unix:${stateDir}/fsfreezed.sock`;
    this.#child = spawn(
      process.execPath,
      [program, "serve", "--state-dir", stateDir, ...patience],
      {
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    // Shown where the program that started it fails; scripts/test-vm.mjs keeps only the end of what is no check.
    createInterface({ input: this.#child.stderr }).on("line", (line) => {
      this.log = `${this.log}${line}\n`.slice(-20_000);
      process.stdout.write(`  ${line}\n`);
    });
  }

  #serving() {
    return new Promise((resolve, reject) => {
      createInterface({ input: this.#child.stdout }).on("line", resolve);
      this.#child.once("exit", (code) => reject(new Error(`serve ended (${code}): ${this.log}`)));
      setTimeout(() => reject(new Error(`serve does not serve: ${this.log}`)), startMs).unref();
    });
  }

  /** SIGTERM; the exit code. */
  async stop() {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return exitCode;
    this.#child.kill("SIGTERM");
    return new Promise((resolve) => this.#child.once("exit", resolve));
  }

  recover() {
    return must(process.execPath, program, "recover", "--state-dir", this.stateDir);
  }
}

/**
 * Resolves when the service can freeze: after its start, or when the next pair of processes is there. If it never can, no further check
 * makes sense, and each would wait as long: this ends the program.
 */
export async function ready(address) {
  const client = connect(address, patient);
  try {
    await until("the service can freeze", startMs, async () => {
      const status = await client.health().catch(() => undefined);
      if (status !== "SERVING") await sleep(100);
      return status === "SERVING";
    });
  } catch (error) {
    fail("the service serves", error.message);
    finish();
  } finally {
    client.close();
  }
}

/** A hold of this very process, asked for once the service is ready. */
export async function hold(address, paths, options = {}) {
  await ready(address);
  const client = connect(address, patient);
  try {
    const held = await client.hold(paths, { ttl: 120_000, maxHold: 300_000, ...options });
    return { client, hold: held };
  } catch (error) {
    client.close();
    throw error;
  }
}

/** A holder in a process of its own, once all is frozen. */
export async function startHolder(address, paths) {
  await ready(address);
  const child = fork(holderProgram, [address, ...paths], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  await new Promise((resolve, reject) => {
    child.stdout.once("data", resolve);
    child.once("exit", () => reject(new Error("the holder could not freeze")));
  });
  return child;
}
