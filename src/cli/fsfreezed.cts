#!/usr/bin/env node
// libuv reads the size of its thread pool when it is first used, which in an ES module is before the first statement. The supervisor
// thaws on these threads, each of which may have to wait in the kernel, so there must be enough of them.
process.env.UV_THREADPOOL_SIZE ??= "64";
import("./fsfreezed-main.js").then(
  ({ main }) => main(process.argv),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
