import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import { closeFd, listenTcp, listenUnix } from "../os/sockets.js";
import { parseListen, refuseOpenTcp, resolveNames } from "./listen.js";

test.each([
  ["unix:/run/s", { kind: "unix", path: "/run/s" }],
  ["unix:///run/s", { kind: "unix", path: "/run/s" }],
  ["127.0.0.1:0", { kind: "tcp", host: "127.0.0.1", port: 0 }],
  ["0.0.0.0:50051", { kind: "tcp", host: "0.0.0.0", port: 50051 }],
  ["[::]:50051", { kind: "tcp", host: "::", port: 50051 }],
  ["[::1]:50051", { kind: "tcp", host: "::1", port: 50051 }],
  ["db1.example:50051", { kind: "tcp", host: "db1.example", port: 50051 }],
])("%s", (text, listen) => {
  expect(parseListen(text)).toEqual(listen);
});

test.each([
  "unix:s",
  "50051",
  "::1:50051",
  "[db1]:50051",
  "[127.0.0.1]:50051",
  "db1:65536",
  "db1:",
  ":50051",
  "http://db1:50051",
])("%s is no address", (text) => {
  expect(() => parseListen(text)).toThrow(/write|absolute|is not an IPv6 address/);
});

test.each(["127.0.0.1", "127.1.2.3", "localhost", "::1"])("%s needs no TLS", (host) => {
  refuseOpenTcp([{ kind: "tcp", host, port: 1 }]);
});

test.each(["0.0.0.0", "10.0.0.1", "::", "db1.example", "localhost.example", "127.0.0.1.example"])(
  "%s without TLS is refused, and what to do is said",
  (host) => {
    const listen = [
      { kind: "unix", path: "/s" },
      { kind: "tcp", host, port: 1 },
    ] as const;
    expect(() => refuseOpenTcp(listen)).toThrow(/--tls-cert.*127\.0\.0\.1/);
  },
);

test("so is a socket from systemd that is open to others", () => {
  const passed = (kind: "unix" | "tcp", fd: number) =>
    [{ kind: "passed", socket: { kind, fd, address: "systemd:socket:[1]" } }] as const;
  for (const [host, open] of [
    ["127.0.0.1", false],
    ["::1", false],
    ["0.0.0.0", true],
    ["::", true],
  ] as const) {
    const { fd } = listenTcp(host, 0);
    const check = () => refuseOpenTcp(passed("tcp", fd));
    if (open) expect(check).toThrow("systemd:socket:[1]");
    else check();
    closeFd(fd);
  }
  const path = `/tmp/fsfreezed-listen-${process.pid}`;
  const fd = listenUnix(path, 0o600, 1);
  refuseOpenTcp(passed("unix", fd));
  closeFd(fd);
  rmSync(path);
});

test("names are looked up, addresses are not", async () => {
  const kept = [
    { kind: "unix", path: "/s" },
    { kind: "tcp", host: "localhost", port: 1 },
    { kind: "tcp", host: "192.0.2.1", port: 1 },
    { kind: "tcp", host: "::", port: 1 },
  ] as const;
  expect(await resolveNames(kept)).toEqual(kept);
  const unknown = [{ kind: "tcp", host: "no-such-host.invalid", port: 1 }] as const;
  await expect(resolveNames(unknown)).rejects.toThrow(/name is not known here/);
});
