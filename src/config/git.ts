import { isLoopback } from "../listen-address.ts";
import { parseGitAddress, type GitAddress } from "../spec/git/git-address.ts";
import { isGitUrl } from "../spec/spec-folder.ts";

/** Where specs come from, as NOROSHI_SPECS says. */
export interface SpecList {
  /** Folders and files. */
  readonly folders: readonly string[];
  /** Branches of git repositories; they hold credentials. */
  readonly git: readonly GitAddress[];
}

/**
 * Sorts what NOROSHI_SPECS lists, and gives each repository its credentials: those of its URL, else those of
 * NOROSHI_GIT_TOKEN. Problems are told without them.
 */
export function readSpecList(
  sources: readonly string[],
  gitToken: string | undefined,
  problems: string[],
): SpecList {
  const git: GitAddress[] = [];
  for (const source of sources.filter(isGitUrl)) {
    const parsed = parseGitAddress(source);
    if (parsed.kind === "problem") problems.push(`NOROSHI_SPECS: ${parsed.name} ${parsed.problem}.`);
    else if (git.some(({ name }) => name === parsed.address.name)) {
      problems.push(`NOROSHI_SPECS: ${parsed.address.name} is listed twice; leave one out.`);
    } else git.push(parsed.address);
  }
  return {
    folders: sources.filter((source) => !isGitUrl(source)),
    git: gitToken === undefined ? git : withTokens(git, gitToken, problems),
  };
}

function withTokens(git: readonly GitAddress[], text: string, problems: string[]): readonly GitAddress[] {
  const hosts = new Set(git.filter(({ transport }) => transport === "http").map(hostOf));
  const tokens = readTokens(text, hosts);
  if (tokens === undefined && hosts.size > 1) {
    const example = [...hosts].map((host) => `${host}=<token>`).join(",");
    problems.push(
      `NOROSHI_GIT_TOKEN: NOROSHI_SPECS names several hosts, and a token is for one of them; write ${example}.`,
    );
    return git;
  }
  return git.map((address) => {
    const token =
      address.transport === "http" ? (tokens?.get(hostOf(address)) ?? plain(tokens, text)) : undefined;
    // A password in the URL is for this repository alone; a name without one goes with the token.
    if (token === undefined || (address.credentials?.password ?? "") !== "") return address;
    return { ...address, credentials: { username: address.credentials?.username ?? "", password: token } };
  });
}

const plain = (tokens: ReadonlyMap<string, string> | undefined, text: string): string | undefined =>
  tokens === undefined ? text : undefined;

const hostOf = ({ repository }: GitAddress): string => new URL(repository).host;

/** `host=token,…`; undefined where it is one token for all. */
function readTokens(text: string, hosts: ReadonlySet<string>): ReadonlyMap<string, string> | undefined {
  const pairs = text.split(",").map((part) => {
    const at = part.indexOf("=");
    return [part.slice(0, Math.max(at, 0)).trim(), part.slice(at + 1).trim()] as const;
  });
  return pairs.some(([host]) => hosts.has(host)) ? new Map(pairs) : undefined;
}

/** Credentials that anybody on the way could read, and secrets too short to be one. */
export function gitWarnings(git: readonly GitAddress[], webhookSecret: string | undefined): string[] {
  const open = git.filter(
    ({ repository, credentials }) =>
      credentials !== undefined &&
      repository.startsWith("http:") &&
      !isLoopback(new URL(repository).hostname),
  );
  const warnings = open.map(
    ({ name }) => `NOROSHI_SPECS: credentials for ${name} go over the network unencrypted; use https://`,
  );
  if (webhookSecret !== undefined && webhookSecret.length < 16) {
    warnings.push("NOROSHI_GIT_WEBHOOK_SECRET: it is shorter than 16 characters and could be guessed");
  }
  return warnings;
}
