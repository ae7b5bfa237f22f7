import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, connect as dial, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { closeFd, listenTcp, listenUnix, peerCredentials, socketPair } from "./sockets.js";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "fsfreezed-sockets-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

test("a pair talks both ways and says who is there", async () => {
  const [left, right] = socketPair();
  expect(peerCredentials(left)).toEqual({
    pid: process.pid,
    uid: process.getuid?.(),
    gid: process.getgid?.(),
  });
  const a = new Socket({ fd: left });
  const b = new Socket({ fd: right });
  a.write("ping");
  const got = await new Promise((resolve) => b.once("data", (chunk) => resolve(String(chunk))));
  expect(got).toBe("ping");
  a.destroy();
  await new Promise((resolve) => b.once("close", resolve).resume());
});

test("a pair is not inherited by children that were not given it", () => {
  const [left, right] = socketPair();
  const child = spawnSync("sh", ["-c", `test -e /proc/self/fd/${left} && echo inherited`], {
    encoding: "utf8",
  });
  closeFd(left);
  closeFd(right);
  expect(child.stdout).toBe("");
});

test("a Unix listener has its mode whatever the umask, and Node serves on it", async () => {
  const path = join(directory, "s");
  const umask = process.umask(0o077);
  const fd = listenUnix(path, 0o660, 16);
  expect(process.umask(umask)).toBe(0o077);
  expect(statSync(path).mode & 0o777).toBe(0o660);
  const server = createServer((socket) => socket.end("hello"));
  await new Promise<void>((resolve) => server.listen({ fd }, resolve));
  const text = await new Promise((resolve) =>
    dial(path).once("data", (chunk) => resolve(String(chunk))),
  );
  expect(text).toBe("hello");
  server.close();
});

test("a living listener is left alone, a stale file is replaced", () => {
  const path = join(directory, "s");
  const first = listenUnix(path, 0o600, 1);
  expect(() => listenUnix(path, 0o600, 1)).toThrow(/EADDRINUSE: another process is listening/);
  closeFd(first); // libc's close leaves the file, as SIGKILL does
  const second = listenUnix(path, 0o600, 1);
  closeFd(second);
});

test("a listener whose queue is full counts as living", () => {
  const path = join(directory, "s");
  const fd = listenUnix(path, 0o600, 0);
  // Each attempt leaves a connection in the queue; with a backlog of 0 the second finds it full.
  for (let i = 0; i < 4; i++) expect(() => listenUnix(path, 0o600, 0)).toThrow(/EADDRINUSE/);
  closeFd(fd);
});

test("what is no socket is never removed", () => {
  const path = join(directory, "file");
  writeFileSync(path, "precious");
  expect(() => listenUnix(path, 0o600, 1)).toThrow(/EEXIST/);
  expect(statSync(path).size).toBe(8);
});

test("a path that is too long is named", () => {
  const path = join(directory, "x".repeat(108));
  expect(() => listenUnix(path, 0o600, 1)).toThrow(/ENAMETOOLONG.*Linux allows 107/);
});

test("TCP listens on literal addresses and tells the port", async () => {
  for (const host of ["127.0.0.1", "localhost", "::1"]) {
    const { fd, port } = listenTcp(host, 0);
    expect(port).toBeGreaterThan(0);
    const server = createServer((socket) => socket.end("hello"));
    await new Promise<void>((resolve) => server.listen({ fd }, resolve));
    const text = await new Promise((resolve) =>
      dial(port, host === "localhost" ? "127.0.0.1" : host).once("data", (c) => resolve(String(c))),
    );
    expect(text).toBe("hello");
    expect(() => listenTcp(host, port)).toThrow(/EADDRINUSE/);
    server.close();
  }
  expect(() => listenTcp("example.org", 1)).toThrow(/not an IP address/);
  expect(() => listenTcp("127.0.0.1", 70000)).toThrow(/not between/);
});

test("closing twice is harmless", () => {
  const [left, right] = socketPair();
  closeFd(left);
  closeFd(left);
  closeFd(right);
});
