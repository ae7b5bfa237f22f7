// Builds the clients of all languages whose toolchain is here, as a user would have them, with the drivers and the samples that the
// conformance tests run. One line each: ok, FAILED or skipped. Exits 1 when one fails, after having tried all of them.
//
//   node scripts/build-clients.mjs [LANGUAGE...]
import { buildDirectory, clientLanguages, runTool } from "./client-languages.mjs";

const wanted = process.argv.slice(2);
/** Downloads wait for the network, compilers for a processor: two at a time serve both. */
const jobs = 2;

const queue = (await clientLanguages()).filter(
  ({ language }) => wanted.length === 0 || wanted.includes(language),
);
await Promise.all(Array.from({ length: jobs }, work));

async function work() {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) await build(next);
}

async function build({ language, missing, build: make }) {
  const why = missing();
  if (why !== undefined) {
    console.log(`skipped client ${language}: ${why}`);
    return;
  }
  const start = performance.now();
  try {
    await make(buildDirectory(language), runTool);
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    console.log(`ok      client ${language} (${seconds} s)`);
  } catch (error) {
    console.error(`FAILED  client ${language}\n${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
