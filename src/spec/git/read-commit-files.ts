import fs from "node:fs";
import { readBlob, readCommit, readTree, type TreeEntry } from "isomorphic-git";
import { comparePaths, type Diagnostic } from "../diagnostic.ts";
import type { CommitInfo, SourceText } from "../source/spec-source.ts";
import { isPassedOver, isSpecFile, SPEC_LIMITS } from "../spec-folder.ts";
import type { GitAddress } from "./git-address.ts";
import { GitFailure } from "./git-failure.ts";

/** The spec files of one commit. */
export interface CommitFiles {
  /** In the order of paths, which begin with the source's name. */
  readonly texts: readonly SourceText[];
  readonly problems: readonly Diagnostic[];
  readonly commit: CommitInfo;
}

interface Walk {
  readonly gitdir: string;
  readonly name: string;
  readonly texts: SourceText[];
  readonly problems: Diagnostic[];
  readonly used: { files: number; bytes: number };
  /** Of isomorphic-git: unpacked indexes. */
  readonly cache: object;
}

const LINK = "120000";
const MAX_SUBJECT = 200;

/** Reads the spec files below the address's path out of the repository's objects. Throws GitFailure. */
export async function readCommitFiles(
  gitdir: string,
  revision: string,
  address: GitAddress,
): Promise<CommitFiles> {
  const cache = {};
  const { commit } = await readCommit({ fs, gitdir, oid: revision, cache });
  const [subject = ""] = commit.message.trim().split("\n", 1);
  const info: CommitInfo = {
    id: revision,
    subject: subject.slice(0, MAX_SUBJECT),
    author: commit.author.name.slice(0, MAX_SUBJECT),
    atMs: commit.committer.timestamp * 1_000,
  };
  const walk: Walk = {
    gitdir,
    name: address.name,
    texts: [],
    problems: [],
    used: { files: 0, bytes: 0 },
    cache,
  };
  const found = await findEntry(walk, commit.tree, address.path);
  if (found === undefined) {
    throw new GitFailure(
      `commit ${revision.slice(0, 8)} ("${info.subject}") has no "${address.path}"; correct the path after the colon`,
    );
  }
  if (found.type === "tree") await readFolder(walk, found.oid, "", 0);
  else await readFile(walk, found.oid, address.name);
  return {
    texts: walk.texts.sort((a, b) => comparePaths(a.path, b.path)),
    problems: walk.problems,
    commit: info,
  };
}

type Found = Pick<TreeEntry, "type" | "oid">;

async function findEntry({ gitdir, cache }: Walk, treeOid: string, path: string): Promise<Found | undefined> {
  let here: Found = { type: "tree", oid: treeOid };
  for (const part of path === "" ? [] : path.split("/")) {
    if (here.type !== "tree") return undefined;
    const { tree } = await readTree({ fs, gitdir, oid: here.oid, cache });
    const next = tree.find((entry) => entry.path === part);
    if (next === undefined || next.type === "commit" || next.mode === LINK) return undefined;
    here = next;
  }
  return here;
}

/** `below` is the folder's path, from the source's root on; "" is the root. */
async function readFolder(walk: Walk, oid: string, below: string, depth: number): Promise<void> {
  if (depth > SPEC_LIMITS.depth) {
    addProblem(
      walk,
      below,
      `folders nested deeper than ${SPEC_LIMITS.depth} are not searched`,
      "move the specs up",
    );
    return;
  }
  const { tree } = await readTree({ fs, gitdir: walk.gitdir, oid, cache: walk.cache });
  for (const entry of tree) {
    if (isPassedOver(entry.path)) continue;
    const path = below === "" ? entry.path : `${below}/${entry.path}`;
    if (entry.type === "tree") await readFolder(walk, entry.oid, path, depth + 1);
    else if (entry.type === "commit") {
      addProblem(walk, path, "is a submodule and is not read", "add its repository as a source of its own");
    } else if (!isSpecFile(entry.path)) continue;
    else if (entry.mode === LINK) {
      addProblem(
        walk,
        path,
        "is a link; links in git repositories are not followed",
        "put the file itself here",
      );
    } else await readFile(walk, entry.oid, `${walk.name}/${path}`);
  }
}

function addProblem(walk: Walk, below: string, message: string, hint: string): void {
  walk.problems.push(problemOf("warning", `${walk.name}/${below}`, message, hint));
}

async function readFile(walk: Walk, oid: string, path: string): Promise<void> {
  const { used } = walk;
  if (used.files >= SPEC_LIMITS.files || used.bytes >= SPEC_LIMITS.totalBytes) {
    const message = `not read: more than ${SPEC_LIMITS.files} files or ${SPEC_LIMITS.totalBytes} bytes of specs`;
    const hint = "name the folder that holds specs alone, as #main:slo-specs";
    walk.problems.push(problemOf("error", path, message, hint));
    return;
  }
  const { blob } = await readBlob({ fs, gitdir: walk.gitdir, oid, cache: walk.cache });
  used.files += 1;
  if (blob.byteLength > SPEC_LIMITS.fileBytes) {
    const message = `the file has ${blob.byteLength} bytes; ${SPEC_LIMITS.fileBytes} is the most`;
    walk.problems.push(problemOf("error", path, message, "split it into several files"));
    return;
  }
  used.bytes += blob.byteLength;
  walk.texts.push({ path, text: Buffer.from(blob).toString("utf8") });
}

/** Of a file as a whole. */
export function problemOf(
  severity: "error" | "warning",
  file: string,
  message: string,
  hint: string,
): Diagnostic {
  return { severity, file, line: 1, column: 1, path: "", message, hint };
}
