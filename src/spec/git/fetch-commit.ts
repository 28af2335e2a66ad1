import fs from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { addRemote, fetch as fetchObjects, init } from "isomorphic-git";
import { findGitFolder, answerWith } from "./find-head.ts";
import type { GitAddress } from "./git-address.ts";
import { runGit } from "./git-command.ts";
import { createGitHttp } from "./git-http.ts";
import { readCommitFiles, type CommitFiles } from "./read-commit-files.ts";

export interface FetchRequest {
  readonly address: GitAddress;
  readonly branch: string;
  /** What the branch pointed at when it was asked; it may have moved since. */
  readonly revision: string;
  /** A folder of this source alone; emptied before and after. */
  readonly scratchDir: string;
  readonly maxBytes: number;
  /** What is left of the attempt's time. */
  readonly timeoutMs: number;
}

/**
 * Fetches the newest commit of a branch alone, without its history, and reads the spec files in it. Nothing is checked
 * out: no hook, filter, link or submodule of the repository has any effect. Throws as findHead does.
 */
export async function fetchCommit(request: FetchRequest, signal: AbortSignal): Promise<CommitFiles> {
  const { address, revision, scratchDir } = request;
  if (address.transport === "disk") {
    return readCommitFiles(await findGitFolder(address.repository), revision, address);
  }
  try {
    await rm(scratchDir, { recursive: true, force: true });
    await mkdir(scratchDir, { recursive: true, mode: 0o700 });
    const fetched =
      address.transport === "ssh" ? await fetchBySsh(request, signal) : await fetchByHttp(request, signal);
    return await readCommitFiles(scratchDir, fetched, address);
  } finally {
    await rm(scratchDir, { recursive: true, force: true });
  }
}

async function fetchByHttp(request: FetchRequest, signal: AbortSignal): Promise<string> {
  const { address, branch, revision, scratchDir: gitdir } = request;
  await init({ fs, gitdir, bare: true });
  await addRemote({ fs, gitdir, remote: "origin", url: address.repository });
  const { fetchHead } = await fetchObjects({
    fs,
    http: createGitHttp({ signal, maxBytes: request.maxBytes }),
    gitdir,
    remote: "origin",
    ref: branch,
    depth: 1,
    singleBranch: true,
    tags: false,
    ...answerWith(address),
  });
  return fetchHead ?? revision;
}

async function fetchBySsh(request: FetchRequest, signal: AbortSignal): Promise<string> {
  const { address, branch, scratchDir: cwd } = request;
  await runGit(["init", "--bare", "--quiet", "."], { signal, cwd });
  const ref = branch === "HEAD" ? "HEAD" : `refs/heads/${branch}`;
  await runGit(
    [
      "fetch",
      "--quiet",
      "--depth=1",
      "--no-tags",
      "--no-write-fetch-head",
      "--",
      address.repository,
      `+${ref}:refs/heads/fetched`,
    ],
    { signal, cwd },
  );
  return (await runGit(["rev-parse", "refs/heads/fetched"], { signal, cwd })).trim();
}
