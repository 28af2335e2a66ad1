import { readFile, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";

/** What a checkout says of itself. */
export interface GitFacts {
  /** Its folder. */
  readonly root: string;
  /** The commit that is checked out, 40 hex digits; undefined before the first one. */
  readonly commit: string | undefined;
  /** Address of the remote `origin`, or of the only one; may hold credentials. */
  readonly remoteUrl: string | undefined;
}

/** Reads the repository that a folder is in, without git; undefined where it is in none. */
export async function readGitFacts(folder: string): Promise<GitFacts | undefined> {
  for (let root = resolve(folder); ; root = dirname(root)) {
    const gitFolder = await findGitFolder(join(root, ".git"));
    if (gitFolder !== undefined) return readFacts(root, gitFolder);
    if (root === dirname(root)) return undefined;
  }
}

/** In a worktree and in a submodule `.git` is a file that names the folder. */
async function findGitFolder(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  if (found.isDirectory()) return path;
  const link = /^gitdir: (.+)$/m.exec(await textOf(path))?.[1];
  if (link === undefined) return undefined;
  return isAbsolute(link) ? link : join(dirname(path), link);
}

async function readFacts(root: string, gitFolder: string): Promise<GitFacts> {
  const common = (await textOf(join(gitFolder, "commondir"))).trim();
  const shared = common === "" ? gitFolder : resolve(gitFolder, common);
  return {
    root,
    commit: await readCommit(gitFolder, shared),
    remoteUrl: remoteOf(await textOf(join(shared, "config"))),
  };
}

const COMMIT = /^[0-9a-f]{40,64}$/;

async function readCommit(gitFolder: string, shared: string): Promise<string | undefined> {
  const head = (await textOf(join(gitFolder, "HEAD"))).trim();
  if (COMMIT.test(head)) return head;
  const ref = /^ref: (.+)$/.exec(head)?.[1];
  if (ref === undefined) return undefined;
  for (const folder of [gitFolder, shared]) {
    const loose = (await textOf(join(folder, ref))).trim();
    if (COMMIT.test(loose)) return loose;
  }
  const packed = (await textOf(join(shared, "packed-refs"))).split("\n");
  return packed.find((line) => line.endsWith(` ${ref}`))?.split(" ", 1)[0];
}

/** `url` of `[remote "origin"]`, or of the first remote. */
function remoteOf(config: string): string | undefined {
  const remotes = new Map<string, string>();
  let section: string | undefined;
  for (const line of config.split("\n")) {
    const header = /^\s*\[(.+?)\]/.exec(line)?.[1];
    if (header !== undefined) section = /^remote "(.+)"$/.exec(header)?.[1];
    const url = /^\s*url\s*=\s*(.+?)\s*$/.exec(line)?.[1];
    if (section !== undefined && url !== undefined) remotes.set(section, url);
  }
  return remotes.get("origin") ?? [...remotes.values()][0];
}

async function textOf(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}

/** `acme/payments` of `https://…@github.com/acme/payments.git` and `git@github.com:acme/payments`; of a path its last name. */
export function repositoryName(remoteUrl: string): string {
  const trimmed = remoteUrl.replace(/\/+$/, "").replace(/\.git$/, "");
  const scp = /^[\w.-]+@[\w.-]+:(.+)$/.exec(trimmed)?.[1];
  if (scp !== undefined) return scp.replace(/^\/+/, "");
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) || trimmed.startsWith("file:")) return basename(trimmed);
  return URL.canParse(trimmed) ? new URL(trimmed).pathname.replace(/^\/+/, "") : basename(trimmed);
}
