// How the Java client is had, built and run: see test/conformance/README.md, "A language".
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const language = "java";

const here = dirname(fileURLToPath(import.meta.url));
const oldestJava = 17;

/** Executables of Maven Central. protoc-gen-grpc-java has none for Linux that is newer. */
const generators = [
  ["com.google.protobuf", "protoc", "4.36.2"],
  ["io.grpc", "protoc-gen-grpc-java", "1.83.1"],
];
const formatter = "google-java-format-1.28.0-all-deps.jar";
const copy = "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy";

/** Builds are short: a compiler that optimizes for hours to come, or many threads that collect, only cost. */
const shortLived = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
const mavenEnv = { MAVEN_OPTS: shortLived.join(" ") };

export function missing() {
  const javac = spawnSync("javac", ["-version"], { encoding: "utf8" });
  const [, version] = /^javac (\d+)/m.exec(javac.stdout ?? "") ?? [];
  if (version === undefined) return `a JDK of Java ${oldestJava} or newer is not installed`;
  if (Number(version) < oldestJava) return `Java ${version} is older than ${oldestJava}`;
  const maven = spawnSync("mvn", ["--version"], { encoding: "utf8" });
  return maven.status === 0 ? undefined : "Maven is not installed";
}

export async function installGenerators(tools, run) {
  const directory = join(tools, "java");
  for (const [group, name, version] of generators) {
    const program = join(directory, `${name}-${version}`);
    if (existsSync(program)) continue;
    await fetch(run, join(directory, "repository"), directory, [
      `-Dartifact=${group}:${name}:${version}:exe:linux-x86_64`,
      // The name that the template has is given to what is complete.
      "-Dmdep.stripVersion=true",
    ]);
    const fetched = join(directory, `${name}-linux-x86_64.exe`);
    chmodSync(fetched, 0o755);
    renameSync(fetched, program);
  }
}

export const template = "clients/java/buf.gen.yaml";
export const generated = [
  "clients/java/src/main/java/io/fsfreezed/client/internal/pb",
  "clients/java/src/main/java/io/fsfreezed/client/internal/rpc",
];

function mavenArguments(repository) {
  return ["-q", "-B", `-Dmaven.repo.local=${repository}`];
}

async function fetch(run, repository, directory, properties) {
  await run(
    "mvn",
    [...mavenArguments(repository), copy, ...properties, `-DoutputDirectory=${directory}`],
    // Elsewhere it would read a pom.xml.
    { cwd: mkdirs(directory), env: mavenEnv },
  );
}

function mkdirs(directory) {
  mkdirSync(directory, { recursive: true });
  return directory;
}

/** Files below, by their paths from here. */
function files(...roots) {
  return roots.flatMap((root) => {
    const path = join(here, root);
    const entries = readdirSync(path, { withFileTypes: true, recursive: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(here, join(entry.parentPath ?? entry.path, entry.name)))
      .sort();
  });
}

/** Runs `make` unless the files are those of the last time that it was done. */
async function unlessDone(build, name, inputs, make) {
  const hash = createHash("sha256");
  for (const file of inputs) hash.update(`${file}\0`).update(readFileSync(join(here, file)));
  const digest = hash.digest("hex");
  const stamp = join(build, `${name}.done`);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return;
  await make();
  writeFileSync(stamp, digest);
}

/** What is built of a project, and where. */
function projectArguments(build, project) {
  return [
    ...mavenArguments(join(build, "repository")),
    ...[
      "-f",
      join(here, project, "pom.xml"),
      `-Doutput.directory=${join(build, project || "client")}`,
    ],
  ];
}

/**
 * Installs the package in a local repository, from which the driver and the samples have it as a user's project does. Maven
 * starts slowly: what has not changed is not asked for again.
 */
export async function build(build, run) {
  const maven = (project, goal) =>
    run("mvn", [...projectArguments(build, project), goal, "-Dmaven.test.skip=true"], {
      cwd: here,
      env: mavenEnv,
    });
  const client = ["toolchain.mjs", "pom.xml", ...files("src/main")];
  await unlessDone(build, "client", client, () => maven("", "install"));
  for (const project of ["conformance", "samples"])
    await unlessDone(
      build,
      project,
      [...client, `${project}/pom.xml`, ...files(`${project}/src`)],
      () => maven(project, "compile"),
    );
  if (!existsSync(join(build, formatter)))
    await fetch(run, join(build, "repository"), build, [
      "-Dartifact=com.google.googlejavaformat:google-java-format:1.28.0:jar:all-deps",
    ]);
}

function program(build, project, main) {
  const classpath = [join(build, project, "classes"), join(build, project, "lib", "*")];
  return ["java", ...shortLived, "-cp", classpath.join(delimiter), main];
}

export function drivers(build) {
  return { java: program(build, "conformance", "io.fsfreezed.conformance.Driver") };
}

export function samples(build) {
  const sample = (name) => program(build, "samples", `io.fsfreezed.samples.${name}`);
  return {
    hold_and_snapshot: sample("HoldAndSnapshot"),
    renew: sample("Renew"),
    resume: sample("Resume"),
    status: sample("Status"),
  };
}

/** javac's lint and doclint are part of the build, and errors there. */
export function tests(build) {
  const handwritten = files("src", "conformance/src", "samples/src")
    .filter((file) => file.endsWith(".java") && !file.includes("/client/internal/"))
    .map((file) => join(here, file));
  const opened = ["api", "code", "file", "parser", "tree", "util"].flatMap((name) => [
    "--add-exports",
    `jdk.compiler/com.sun.tools.javac.${name}=ALL-UNNAMED`,
  ]);
  const maven = Object.entries(mavenEnv).map(([name, value]) => `${name}=${value}`);
  return {
    "google-java-format": [
      ...["java", ...shortLived, ...opened, "-jar", join(build, formatter)],
      ...["--dry-run", "--set-exit-if-changed", ...handwritten],
    ],
    "mvn test": ["env", ...maven, "mvn", ...projectArguments(build, ""), "test"],
  };
}
