import { readFile, readdir, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { comparePaths, type Diagnostic } from "./diagnostic.ts";
import type { SourceSnapshot, SourceText } from "./source/spec-source.ts";

/** Limits, so that a path that leads to the wrong place costs little and says so. */
export const SPEC_LIMITS = {
  /** A spec of a hundred SLOs has some 200 KiB. */
  fileBytes: 1024 * 1024,
  totalBytes: 64 * 1024 * 1024,
  files: 5_000,
  depth: 32,
} as const;

const SPEC_FILE = /\.(ya?ml|json)$/i;
const TEST_FILE = /\.test\.(ya?ml|json)$/i;

/** True for `payment.test.yaml`: tests of SLOs lie beside their specs, and hold none. */
export function isTestFile(path: string): boolean {
  return TEST_FILE.test(path);
}

/** True for what is read of a folder: `payment.yaml`, but no test. */
export function isSpecFile(path: string): boolean {
  return SPEC_FILE.test(path) && !isTestFile(path);
}

interface Walk {
  /** Real path of the folder that was asked for: links must not lead out of it. */
  readonly realRoot: string;
  readonly texts: SourceText[];
  readonly problems: Diagnostic[];
  /** Real paths of files and folders that were read: what is reached twice counts once. */
  readonly seen: Set<string>;
  readonly used: { files: number; bytes: number };
}

/**
 * Reads spec files: each source is a folder, searched for *.yaml, *.yml and *.json at any depth, or one file. Tests
 * (*.test.yaml), hidden entries and node_modules are passed over, which also hides the inner folders of a Kubernetes
 * ConfigMap. What cannot be read becomes a diagnostic; never throws.
 */
export async function readSpecSources(sources: readonly string[]): Promise<SourceSnapshot> {
  const shared: Omit<Walk, "realRoot"> = {
    texts: [],
    problems: [],
    seen: new Set(),
    used: { files: 0, bytes: 0 },
  };
  for (const source of sources) {
    if (isGitUrl(source)) {
      const message = "is a git URL; only `noroshi serve` reads those";
      const hint = "check the repository out, and give the folder";
      shared.problems.push(problem(withoutCredentials(source), "error", message, hint));
      continue;
    }
    await readSource(join(source), shared);
  }
  return {
    texts: shared.texts.sort((a, b) => comparePaths(a.path, b.path)),
    problems: shared.problems,
  };
}

/** True for what git would clone: `https://…`, `ssh://…`, `git@host:path`, `….git#branch:path`. */
export function isGitUrl(source: string): boolean {
  return /^([a-z][a-z0-9+.-]*:\/\/|[\w.-]+@[\w.-]+:)/i.test(source) || /\.git(#.*)?$/.test(source);
}

function withoutCredentials(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, "$1");
}

async function readSource(path: string, shared: Omit<Walk, "realRoot">): Promise<void> {
  const walk: Walk = { ...shared, realRoot: await realpath(path).catch(() => path) };
  try {
    const found = await stat(path);
    if (found.isDirectory()) await readFolder(path, walk, 0);
    else if (found.isFile() || found.isFIFO()) await readOne(path, walk);
    else
      walk.problems.push(problem(path, "error", "is neither a file nor a folder", "name a file or a folder"));
  } catch (error) {
    const missing = errorCode(error) === "ENOENT";
    const message = missing ? "there is no such file or folder" : `cannot be read (${errorCode(error)})`;
    walk.problems.push(problem(path, "error", message, "check the path, and who may read it"));
  }
}

async function readFolder(folder: string, walk: Walk, depth: number): Promise<void> {
  if (depth > SPEC_LIMITS.depth) {
    const message = `folders nested deeper than ${SPEC_LIMITS.depth} are not searched`;
    walk.problems.push(problem(folder, "warning", message, "move the specs up"));
    return;
  }
  const real = await realpath(folder);
  if (walk.seen.has(real)) return;
  walk.seen.add(real);
  for (const name of (await readdir(folder)).sort(comparePaths)) {
    if (isPassedOver(name)) continue;
    await readEntry(join(folder, name), walk, depth);
  }
}

/** Hidden entries (`.git`, `..data`) and installed packages. */
export function isPassedOver(name: string): boolean {
  return name.startsWith(".") || name === "node_modules";
}

async function readEntry(path: string, walk: Walk, depth: number): Promise<void> {
  try {
    const real = await realpath(path);
    const found = await stat(path);
    const wanted = found.isDirectory() || (found.isFile() && isSpecFile(path));
    if (!wanted) return;
    if (real !== walk.realRoot && !real.startsWith(walk.realRoot.replace(/\/*$/, sep))) {
      const message = "the link leads out of the folder and is not followed";
      walk.problems.push(
        problem(path, "warning", message, "add the folder it leads to as a source of its own"),
      );
    } else if (found.isDirectory()) await readFolder(path, walk, depth + 1);
    else await readOne(path, walk);
  } catch (error) {
    // A dangling link that has no spec's name is none of our business.
    if (errorCode(error) === "ENOENT" && !isSpecFile(path)) return;
    const message = `cannot be read (${errorCode(error)})`;
    walk.problems.push(problem(path, "error", message, "check the file, and who may read it"));
  }
}

async function readOne(path: string, walk: Walk): Promise<void> {
  // A pipe such as /dev/stdin has no real path.
  const real = await realpath(path).catch(() => path);
  if (walk.seen.has(real)) return;
  walk.seen.add(real);
  const { size } = await stat(path);
  const { used } = walk;
  if (size > SPEC_LIMITS.fileBytes) {
    const message = `the file has ${size} bytes; ${SPEC_LIMITS.fileBytes} is the most`;
    walk.problems.push(problem(path, "error", message, "split it into several files"));
  } else if (used.files >= SPEC_LIMITS.files || used.bytes + size > SPEC_LIMITS.totalBytes) {
    const message = `not read: more than ${SPEC_LIMITS.files} files or ${SPEC_LIMITS.totalBytes} bytes of specs`;
    walk.problems.push(problem(path, "error", message, "point at the folders that hold specs alone"));
  } else {
    used.files += 1;
    used.bytes += size;
    walk.texts.push({ path, realPath: real, text: await readFile(path, "utf8") });
  }
}

function problem(file: string, severity: "error" | "warning", message: string, hint: string): Diagnostic {
  return { severity, file, line: 1, column: 1, path: "", message, hint };
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown error";
}
