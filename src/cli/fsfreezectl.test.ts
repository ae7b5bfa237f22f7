/** The command as a process, against a service in memory: output, exit codes, signals, deaths. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type CommandResult, run } from "../../test/support/command.js";
import { FakeService, refusal } from "../../test/support/fake-service.js";
import { FreezeState } from "../gen/fsfreeze/v1/filesystem_pb.js";
import { EndCause, Verdict } from "../gen/fsfreeze/v1/receipt_pb.js";
import { HealthCheckResponse_ServingStatus as Serving } from "../gen/health/v1/health_pb.js";
import { exitCodes } from "./exit-codes.js";

// The built program, as users run it; `npm run build` makes it.
const program = fileURLToPath(new URL("../../dist/cli/fsfreezectl.js", import.meta.url));

// A process takes half a second to start, several on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let service: FakeService;
beforeEach(async () => {
  service = await FakeService.start();
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  service.stop();
});

function env(): Record<string, string> {
  return { FSFREEZE_ADDRESS: service.address, NO_COLOR: "1" };
}

function ctl(...args: readonly string[]): Promise<CommandResult> {
  return run(process.execPath, [program, ...args], { env: env() });
}

const children: ChildProcess[] = [];

interface Running {
  readonly child: ChildProcess;
  stdout: string;
  stderr: string;
  readonly ended: Promise<{ readonly code: number | null; readonly ms: number }>;
}

/** For tests that do something to it while it runs. Its stdin is a pipe. */
function start(...args: readonly string[]): Running {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, ...env() },
    stdio: ["pipe", "pipe", "pipe"],
  });
  children.push(child);
  const begun = performance.now();
  const running: Running = {
    child,
    stdout: "",
    stderr: "",
    ended: new Promise((resolve) => {
      child.once("exit", (code) => resolve({ code, ms: performance.now() - begun }));
    }),
  };
  child.stdout.on("data", (text) => {
    running.stdout += text;
  });
  child.stderr.on("data", (text) => {
    running.stderr += text;
  });
  return running;
}

const slow = { timeout: 30_000 };

function lines(text: string): unknown[] {
  return text
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
}

it("is built", () => {
  expect(existsSync(program), `${program} is missing: run npm run build first`).toBe(true);
});

describe("the command line", () => {
  it("tells its version and its help with all exit codes", async () => {
    expect((await ctl("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const help = await ctl("--help");
    expect(help.code).toBe(0);
    for (const code of Object.values(exitCodes)) expect(help.stdout).toContain(String(code));
    expect((await ctl("hold", "--help")).stdout).toContain("$FSFREEZE_HOLD_ID");
  });

  it.each([
    [["freeze"], "name at least one TARGET"],
    [["freeze", "/srv", "--ttl", "10"], "write the unit: 10s"],
    [["freeze", "/srv", "--all-freezable"], "exclude each other"],
    [["freez", "/srv"], "Did you mean freeze?"],
    [["hold", "/srv", "--ttl", "5s", "--", "true"], "--for says how long"],
    [["hold", "/srv", "--"], "no COMMAND"],
    [["thaw", "--force", "h-1"], "not a hold"],
    [["--address", "nonsense", "holds"], "neither unix:PATH nor HOST:PORT"],
    [["--tls-ca", "ca.pem", "holds"], "a Unix socket needs none"],
    [["--address", "db1:1", "--tls-cert", "c.pem", "holds"], "belong together"],
    [["--address", "db1:1", "--tls-ca", "/none.pem", "holds"], "--tls-ca: ENOENT"],
    [["--address", "db1:1", "--tls-ca", "/dev/null", "holds"], "holds nothing in PEM"],
  ])("refuses %j before it calls anybody", async (args, hint) => {
    const { code, stderr, stdout } = await ctl(...args);
    expect(stderr).toContain(hint);
    expect({ code, stdout }).toEqual({ code: exitCodes.usage, stdout: "" });
    expect(service.requests).toEqual([]);
    expect(service.opens).toEqual([]);
  });

  it("leaves what the environment has for TLS alone on a Unix socket", async () => {
    const tls = { FSFREEZE_TLS_CA: "/none.pem", FSFREEZE_TLS_CERT: "/none.pem" };
    const { code } = await run(process.execPath, [program, "health"], {
      env: { ...env(), ...tls },
    });
    expect(code).toBe(0);
    const address = { ...tls, FSFREEZE_ADDRESS: "db1:1" };
    const other = await run(process.execPath, [program, "holds"], {
      env: { ...env(), ...address },
    });
    expect(other.stderr).toContain("belong together");
  });

  it("says what to do where nobody listens", async () => {
    const { code, stderr } = await ctl("--address", `${service.address}.none`, "holds");
    expect(code).toBe(exitCodes.unreachable);
    expect(stderr).toContain("[UNREACHABLE]");
    expect(stderr).toContain("fsfreezed serve");
  });
});

describe("freeze, renew, thaw", () => {
  it("prints the hold's id alone, the deadline, the receipt", async () => {
    const frozen = await ctl("freeze", "/srv", "--ttl", "30s", "--purpose", "nightly");
    const holdId = service.last.id;
    expect(frozen).toMatchObject({ code: 0, stdout: `${holdId}\n`, stderr: "" });
    expect(service.last).toMatchObject({ ttl: 30_000, purpose: "nightly" });

    const renewed = await ctl("renew", holdId, "--ttl", "45s");
    expect(renewed.stdout).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z\n$/);
    expect(service.last.renewals).toEqual([45_000]);

    const thawed = await ctl("thaw", holdId);
    expect(thawed.code).toBe(0);
    expect(thawed.stdout).toContain(`INTACT: hold ${holdId}`);
  });

  it("thaws by target, and prints what is not intact with its code", async () => {
    service.behaviour.verdict = Verdict.NOT_INTACT;
    await ctl("freeze", "/srv");
    const { code, stderr } = await ctl("thaw", "/srv");
    expect(code).toBe(exitCodes.notIntact);
    expect(stderr).toContain("[FREEZE_BROKEN]");
  });

  it("accepts UNPROVEN only when told to", async () => {
    service.behaviour.verdict = Verdict.UNPROVEN;
    await ctl("freeze", "/a");
    expect(await ctl("thaw", "/a")).toMatchObject({
      code: exitCodes.unproven,
      stdout: expect.stringContaining("UNPROVEN"),
    });
    await ctl("freeze", "/b");
    expect((await ctl("thaw", "/b", "--accept-unproven")).code).toBe(0);
  });

  it("tells a refusal with its reason and what to do", async () => {
    service.behaviour.refuse = refusal(status.FAILED_PRECONDITION, "FROZEN_BY_ANOTHER", "no", {
      metadata: { path: "/srv" },
    });
    const text = await ctl("freeze", "/srv");
    expect(text).toMatchObject({ code: exitCodes.refused, stdout: "" });
    expect(text.stderr).toContain("fsfreeze --unfreeze /srv");
    const json = await ctl("--json", "freeze", "/srv");
    expect(lines(json.stderr)).toEqual([
      {
        message_type: "error",
        reason: "FROZEN_BY_ANOTHER",
        code: "FAILED_PRECONDITION",
        metadata: { path: "/srv" },
        message: "no",
        hint: expect.any(String),
        exit_code: exitCodes.refused,
      },
    ]);
  });
});

describe("asking", () => {
  it("exits 0 whatever the state", async () => {
    service.behaviour.state = FreezeState.FROZEN;
    const { code, stdout } = await ctl("status", "/srv", "/opt");
    expect(code).toBe(0);
    expect(stdout).toContain("/srv  ext4  FROZEN");
    const json = await ctl("status", "--json", "/srv", "/opt");
    expect(lines(json.stdout)).toMatchObject([
      { filesystem: { mountPoint: "/srv" }, state: "FREEZE_STATE_FROZEN" },
      { filesystem: { mountPoint: "/opt" } },
    ]);
  });

  it("lists holds as a table or as JSON lines, the ended ones on demand", async () => {
    await ctl("freeze", "/srv", "--purpose", "one");
    await ctl("freeze", "/opt", "--purpose", "two");
    await ctl("thaw", "/srv");
    const live = await ctl("holds");
    expect(live.stdout).toContain("two");
    expect(live.stdout).not.toContain("one");
    const all = await ctl("holds", "--all", "--json");
    expect(lines(all.stdout)).toMatchObject([
      { message_type: "hold", hold: { purpose: "two", state: "HOLD_STATE_FROZEN" } },
      { message_type: "hold", hold: { purpose: "one", state: "HOLD_STATE_ENDED" } },
    ]);
  });

  it("prints a receipt as proto3 JSON, but only of a hold that has ended", async () => {
    const { stdout } = await ctl("freeze", "/srv");
    const holdId = stdout.trim();
    expect(await ctl("receipt", holdId)).toMatchObject({
      code: exitCodes.refused,
      stderr: expect.stringContaining("when it ends"),
    });
    await ctl("thaw", holdId);
    const receipt = await ctl("--json", "receipt", holdId);
    expect(lines(receipt.stdout)).toMatchObject([{ holdId, verdict: "VERDICT_INTACT" }]);
  });

  it("says politely what is not served", async () => {
    const { code, stderr } = await ctl("plan", "/srv");
    expect(code).toBe(exitCodes.refused);
    expect(stderr).toContain("This version of the service does not serve that.");
  });

  it("watches until it is told to stop", async () => {
    await ctl("freeze", "/srv");
    const watch = start("--json", "watch");
    await vi.waitFor(() => expect(watch.stdout).toContain("FROZEN"), slow);
    await vi.waitFor(() => expect(watch.stderr).toContain("picture_complete"), slow);
    watch.child.kill("SIGINT");
    expect((await watch.ended).code).toBe(130);
  });
});

describe("health", () => {
  it("exits as grpc_health_probe does", async () => {
    expect(await ctl("health")).toMatchObject({ code: 0, stdout: "SERVING\n" });
    service.behaviour.serving = Serving.NOT_SERVING;
    expect((await ctl("health")).code).toBe(4);
    expect((await ctl("health", "--service", "")).code).toBe(4);
    expect((await ctl("health", "--service", "nobody")).code).toBe(3);
    expect((await ctl("health", "--address", `${service.address}.none`)).code).toBe(2);
    expect((await ctl("health", "--nonsense")).code).toBe(1);
  });
});

describe("hold -- COMMAND", () => {
  it("runs it while frozen, exits as it does, and leaves stdout to it", async () => {
    const command = 'echo "id $FSFREEZE_HOLD_ID at $FSFREEZE_ADDRESS"; exit 7';
    const { code, stdout, stderr } = await ctl("hold", "/srv", "--", "sh", "-c", command);
    expect(code).toBe(7);
    expect(stdout).toBe(`id ${service.last.id} at ${service.address}\n`);
    expect(stderr).toContain("frozen: /srv");
    expect(stderr).toContain("INTACT: hold");
    expect(service.last).toMatchObject({ ttl: 60_000, endCause: EndCause.RELEASED, renewals: [] });
  });

  it("passes arguments on as they are, also options and a second --", async () => {
    const { stdout } = await ctl("hold", "/srv", "--", "printf", "%s,", "--json", "--", "a b");
    expect(stdout).toBe("--json,--,a b,");
  });

  it.each([
    [Verdict.NOT_INTACT, exitCodes.notIntact],
    [Verdict.UNPROVEN, exitCodes.unproven],
  ])("exits otherwise where it did not hold (verdict %d)", async (verdict, code) => {
    service.behaviour.verdict = verdict;
    expect((await ctl("hold", "/srv", "--", "true")).code).toBe(code);
  });

  it("takes UNPROVEN for good when told to", async () => {
    service.behaviour.verdict = Verdict.UNPROVEN;
    const args = ["hold", "/srv", "--accept-unproven", "--", "sh", "-c", "exit 3"];
    expect((await ctl(...args)).code).toBe(3);
  });

  it("freezes nothing for a command that is not there", async () => {
    expect((await ctl("hold", "/srv", "--", "no-such-command")).code).toBe(127);
    expect((await ctl("hold", "/srv", "--", service.directory)).code).toBe(126);
    expect(service.opens).toEqual([]);
  });

  it("does not run it where freezing is refused", async () => {
    service.behaviour.refuse = refusal(status.DEADLINE_EXCEEDED, "FREEZE_TIMEOUT", "too slow");
    const witness = join(service.directory, "ran");
    expect((await ctl("hold", "/srv", "--", "touch", witness)).code).toBe(exitCodes.neverFrozen);
    expect(existsSync(witness)).toBe(false);
  });

  it("tells COMMAND at once when the hold breaks", async () => {
    const command = 'trap "echo told; exit 0" TERM; echo on; while :; do sleep 0.05; done';
    const hold = start("hold", "/srv", "--", "sh", "-c", command);
    await vi.waitFor(() => expect(hold.stdout).toContain("on"), slow);
    service.last.break();
    expect((await hold.ended).code).toBe(exitCodes.broken);
    expect(hold.stdout).toContain("told");
    expect(hold.stderr).toContain("was thawed by somebody else while it was held");
    expect(hold.stderr).toContain("NOT_INTACT");
  });

  it("thaws at the end of --for, whatever COMMAND does", async () => {
    const { code, stderr } = await ctl("hold", "/srv", "--for", "200ms", "--", "sleep", "30");
    expect(code).toBe(exitCodes.expired);
    expect(stderr).toContain("[HOLD_EXPIRED]");
  });

  it("renews a short lease with --renew", async () => {
    const lease = ["--renew", "--ttl", "300ms", "--for", "30s"];
    const { code } = await ctl("hold", "/srv", ...lease, "--", "sleep", "1");
    expect(code).toBe(0);
    expect(service.last.ttl).toBe(300);
    expect(service.last.renewals.length).toBeGreaterThan(2);
  });

  it("says that the service was lost", async () => {
    const hold = start("hold", "/srv", "--", "sh", "-c", "echo on; exec sleep 30");
    await vi.waitFor(() => expect(hold.stdout).toContain("on"), slow);
    service.cut();
    expect((await hold.ended).code).toBe(exitCodes.lost);
    expect(hold.stderr).toContain("lost the service while it was held");
  });

  it("asks for the receipt when the service is back", async () => {
    const file = join(service.directory, "r.json");
    const hold = start(
      "hold",
      "/srv",
      "--receipt",
      file,
      "--",
      "sh",
      "-c",
      "echo on; exec sleep 30",
    );
    await vi.waitFor(() => expect(hold.stdout).toContain("on"), slow);
    await service.restart();
    expect((await hold.ended).code).toBe(exitCodes.lost);
    expect(readFileSync(file, "utf8")).toContain("END_CAUSE_CLIENT_GONE");
  });

  it("writes its events as JSON lines to stderr", async () => {
    const { stdout, stderr } = await ctl("hold", "--json", "/srv", "--", "echo", "theirs");
    expect(stdout).toBe("theirs\n");
    const types = lines(stderr).map((line) => (line as { message_type: string }).message_type);
    expect(types).toEqual(["progress", "frozen", "ended"]);
  });
});

describe("hold and signals", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("passes %s to COMMAND, thaws, and exits %d", async (signal, code) => {
    const name = signal.slice(3);
    const command = `trap "echo got ${name}; exit 0" ${name}; echo on; while :; do sleep 0.05; done`;
    const hold = start("hold", "/srv", "--", "sh", "-c", command);
    await vi.waitFor(() => expect(hold.stdout).toContain("on"), slow);
    hold.child.kill(signal);
    expect((await hold.ended).code).toBe(code);
    expect(hold.stdout).toContain(`got ${name}`);
    expect(service.last.endCause).toBe(EndCause.RELEASED);
  });

  it("thaws and exits within 5 s although COMMAND ignores them", async () => {
    const command = 'trap "" TERM INT; echo on; while :; do sleep 0.05; done';
    const hold = start("hold", "/srv", "--", "sh", "-c", command);
    await vi.waitFor(() => expect(hold.stdout).toContain("on"), slow);
    const begun = performance.now();
    hold.child.kill("SIGTERM");
    expect((await hold.ended).code).toBe(143);
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(service.last.endCause).toBe(EndCause.RELEASED);
  });

  it("does so also where the service does not answer the release", async () => {
    service.behaviour.ignoreRelease = true;
    const command = 'trap "" TERM; echo on; while :; do sleep 0.05; done';
    const hold = start(
      "hold",
      "/srv",
      "--receipt",
      join(service.directory, "r"),
      "--",
      "sh",
      "-c",
      command,
    );
    await vi.waitFor(() => expect(hold.stdout).toContain("on"), slow);
    const begun = performance.now();
    hold.child.kill("SIGTERM");
    expect((await hold.ended).code).toBe(143);
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(service.last.endCause).toBe(EndCause.CLIENT_GONE);
  });

  it("gives up while it is still being frozen", async () => {
    service.behaviour.freezeAfter = "never";
    const hold = start("hold", "/srv", "--", "touch", join(service.directory, "ran"));
    await vi.waitFor(() => expect(service.holds).toHaveLength(1), slow);
    hold.child.kill("SIGINT");
    expect((await hold.ended).code).toBe(130);
    await vi.waitFor(() => expect(service.last.endCause).toBe(EndCause.CLIENT_GONE));
    expect(existsSync(join(service.directory, "ran"))).toBe(false);
  });

  it("is thawed when fsfreezectl is killed", async () => {
    const hold = start("hold", "/srv", "--", "sh", "-c", "echo on; exec sleep 2");
    await vi.waitFor(() => expect(hold.stdout).toContain("on"), slow);
    hold.child.kill("SIGKILL");
    await vi.waitFor(() => expect(service.last.endCause).toBe(EndCause.CLIENT_GONE));
  });

  it("gives COMMAND one Ctrl-C, not two, where both hear the terminal", async () => {
    const terminal = `
import os, pty, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
out = b''
typed = False
try:
    while True:
        out += os.read(fd, 1024)
        if b'ready' in out and not typed:
            typed = True
            os.write(fd, b'\\x03')
except OSError:
    pass
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(out.decode().count('interrupted'), code)
`;
    const command = `
import signal, time
signal.signal(signal.SIGINT, lambda *_: print('interrupted', flush=True))
print('ready', flush=True)
time.sleep(0.3)
`;
    const hold = [process.execPath, program, "hold", "/srv", "--", "python3", "-c", command];
    const { stdout, stderr } = await run("python3", ["-c", terminal, ...hold], { env: env() });
    expect({ stdout, stderr }).toEqual({ stdout: "1 130\n", stderr: "" });
  });
});

describe("hold without COMMAND", () => {
  it("prints the id when it is frozen, and ends with the pipe on its stdin", async () => {
    const hold = start("hold", "/srv");
    await vi.waitFor(() => expect(hold.stdout).toBe(`${service.last.id}\n`), slow);
    expect(service.last.receipt).toBeUndefined();
    hold.child.stdin?.end();
    expect((await hold.ended).code).toBe(0);
    expect(hold.stderr).toContain("INTACT");
  });

  it("ends with Ctrl-C, and exits by its verdict", async () => {
    service.behaviour.verdict = Verdict.NOT_INTACT;
    const hold = start("hold", "/srv", "--json");
    await vi.waitFor(() => expect(hold.stdout).toContain('"frozen"'), slow);
    hold.child.kill("SIGINT");
    expect((await hold.ended).code).toBe(exitCodes.notIntact);
    expect(lines(hold.stdout)).toMatchObject([
      { message_type: "progress" },
      { message_type: "frozen" },
      { message_type: "ended", receipt: { verdict: "VERDICT_NOT_INTACT" } },
    ]);
  });

  it("goes on without a stdin", async () => {
    const hold = run(
      "sh",
      ["-c", `"$0" "$1" hold /srv --for 700ms </dev/null`, process.execPath, program],
      {
        env: env(),
      },
    );
    expect((await hold).code).toBe(exitCodes.expired);
  });
});

describe("--receipt", () => {
  it("has the file form after the thaw, and nothing beside it", async () => {
    const directory = join(service.directory, "receipts");
    mkdirSync(directory);
    const file = join(directory, "r.json");
    expect((await ctl("hold", "/srv", "--receipt", file, "--", "true")).code).toBe(0);
    const receipt: unknown = JSON.parse(readFileSync(file, "utf8"));
    expect(receipt).toMatchObject({ holdId: service.last.id, verdict: "VERDICT_INTACT" });
    expect(readdirSync(directory)).toEqual(["r.json"]);
  });

  it("freezes nothing where it could not be kept", async () => {
    const nowhere = join(service.directory, "none", "r.json");
    const { code, stderr } = await ctl("hold", "/srv", "--receipt", nowhere, "--", "true");
    expect(code).toBe(exitCodes.receiptNotWritten);
    expect(stderr).toContain("nothing was frozen");
    expect((await ctl("hold", "/srv", "--receipt", "/dev/null", "--", "true")).code).toBe(
      exitCodes.receiptNotWritten,
    );
    expect(service.opens).toEqual([]);
  });

  it("is not written to a file system that is still frozen", async () => {
    // Another hold keeps it frozen; the service says so of every file system.
    service.behaviour.state = FreezeState.FROZEN;
    const file = join(service.directory, "r.json");
    writeFileSync(file, "older");
    const { code, stderr } = await ctl("hold", "/srv", "--receipt", file, "--", "true");
    expect(code).toBe(exitCodes.receiptNotWritten);
    expect(stderr).toContain(`fsfreezectl --json receipt ${service.last.id}`);
    expect(readFileSync(file, "utf8")).toBe("older");
  });

  it("is kept also of a hold that did not hold", async () => {
    const file = join(service.directory, "r.json");
    const args = ["hold", "/srv", "--for", "100ms", "--receipt", file, "--", "sleep", "9"];
    expect((await ctl(...args)).code).toBe(exitCodes.expired);
    expect(readFileSync(file, "utf8")).toContain("END_CAUSE_EXPIRED");
  });
});
