import fs from "node:fs";
import { join } from "node:path";
import { listServerRefs, resolveRef } from "isomorphic-git";
import { ANY_USERNAME, type GitAddress } from "./git-address.ts";
import { runGit } from "./git-command.ts";
import { GitFailure } from "./git-failure.ts";
import { createGitHttp } from "./git-http.ts";

/** The newest commit of a branch. */
export interface RemoteHead {
  readonly revision: string;
  readonly branch: string;
}

/** A repository with a hundred thousand branches has some 10 MiB of names. */
const MAX_REF_BYTES = 32 * 1024 * 1024;

/** Asks the repository what the newest commit is; little is sent. Throws GitFailure, or what gitFailureText knows. */
export async function findHead(address: GitAddress, signal: AbortSignal): Promise<RemoteHead> {
  const wanted = address.branch === undefined ? "HEAD" : `refs/heads/${address.branch}`;
  const found = await lookUp(address, wanted, signal);
  if (found !== undefined) {
    return {
      revision: found.revision,
      branch: address.branch ?? found.target?.replace("refs/heads/", "") ?? "HEAD",
    };
  }
  throw new GitFailure(
    address.branch === undefined
      ? "the repository is empty, or its HEAD points at no branch; name a branch, as …#main"
      : `there is no branch "${address.branch}"; it was deleted or renamed, or is mistyped`,
  );
}

interface Ref {
  readonly revision: string;
  /** What a symbolic one points at. */
  readonly target: string | undefined;
}

async function lookUp(address: GitAddress, ref: string, signal: AbortSignal): Promise<Ref | undefined> {
  switch (address.transport) {
    case "http": {
      const http = createGitHttp({ signal, maxBytes: MAX_REF_BYTES });
      const refs = await listServerRefs({
        http,
        url: address.repository,
        prefix: ref,
        symrefs: true,
        ...answerWith(address),
      });
      const found = refs.find((candidate) => candidate.ref === ref);
      return found && { revision: found.oid, target: found.target };
    }
    case "ssh": {
      const out = await runGit(["ls-remote", "--symref", "--", address.repository, ref], { signal });
      const revision = new RegExp(`^([0-9a-f]{40})\\t${escapePattern(ref)}$`, "m").exec(out)?.[1];
      const target = /^ref: (\S+)\tHEAD$/m.exec(out)?.[1];
      return revision === undefined ? undefined : { revision, target };
    }
    case "disk":
      return lookUpOnDisk(await findGitFolder(address.repository), ref);
  }
}

/** How isomorphic-git is given the credentials, once the server asks for them. */
export function answerWith({ credentials }: GitAddress): {
  onAuth?: () => { username: string; password: string };
} {
  if (credentials === undefined) return {};
  const { username, password } = credentials;
  return {
    onAuth: () =>
      password === ""
        ? { username: ANY_USERNAME, password: username }
        : { username: username || ANY_USERNAME, password },
  };
}

async function lookUpOnDisk(gitdir: string, ref: string): Promise<Ref | undefined> {
  try {
    const target = ref === "HEAD" ? await resolveRef({ fs, gitdir, ref, depth: 2 }) : undefined;
    return { revision: await resolveRef({ fs, gitdir, ref }), target };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "NotFoundError") return undefined;
    throw error;
  }
}

/** Where the objects lie of a bare repository, or of a checkout. Throws GitFailure. */
export async function findGitFolder(path: string): Promise<string> {
  for (const folder of [path, join(path, ".git")]) {
    const found = await fs.promises.stat(join(folder, "HEAD")).catch(() => undefined);
    if (found?.isFile() === true) return folder;
  }
  const entry = await fs.promises.stat(path).catch(() => undefined);
  if (entry === undefined) throw new GitFailure(`${path} does not exist, or may not be read by this user`);
  throw new GitFailure(
    `${path} is no git repository: it has no HEAD; a linked worktree is not read, name its repository`,
  );
}

function escapePattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
