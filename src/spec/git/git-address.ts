import { fileURLToPath } from "node:url";

/** A folder of a branch of a git repository. Only `credentials` is secret. */
export interface GitAddress {
  /** As it was written, without credentials. */
  readonly name: string;
  /** How the repository is reached: by isomorphic-git, by the command `git`, or on this machine's disk. */
  readonly transport: "http" | "ssh" | "disk";
  /** Without credentials and fragment; of a repository on the disk its path. */
  readonly repository: string;
  /** undefined: what the repository's HEAD points at. */
  readonly branch: string | undefined;
  /** Of a folder or file in the repository, without slashes at its ends; "" is the whole repository. */
  readonly path: string;
  readonly credentials: GitCredentials | undefined;
}

export interface GitCredentials {
  readonly username: string;
  readonly password: string;
}

export type GitAddressResult =
  | { readonly kind: "address"; readonly address: GitAddress }
  | { readonly kind: "problem"; readonly name: string; readonly problem: string };

/** What people write where a server asks for no certain name: GitHub, GitLab and Gitea take any with a token. */
export const ANY_USERNAME = "x-access-token";

const FORMS = "write https://host/repo.git#branch:path, ssh://git@host/repo.git, file:///path/repo.git";

/** Reads `<repository>#<branch>:<path>`; both parts of the fragment may be left out. */
export function parseGitAddress(text: string): GitAddressResult {
  const at = text.indexOf("#");
  const url = at === -1 ? text : text.slice(0, at);
  const fragment = at === -1 ? "" : text.slice(at);
  const place = readPlace(url);
  const inside = readFragment(fragment.slice(1));
  // What is no address may hold a password anywhere.
  const refuse = (problem: string): GitAddressResult => {
    return { kind: "problem", name: withoutCredentials(text), problem };
  };
  if ("problem" in place) return refuse(place.problem);
  if ("problem" in inside) return refuse(inside.problem);
  const name = withoutCredentials(url) + fragment;
  return { kind: "address", address: { name, ...place, ...inside } };
}

type Inside = Pick<GitAddress, "branch" | "path">;
type Place = Pick<GitAddress, "transport" | "repository" | "credentials">;
interface Problem {
  readonly problem: string;
}

function readPlace(text: string): Place | Problem {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return readPathOrScp(text);
  if (!URL.canParse(text)) return { problem: `is not a URL; ${FORMS}` };
  const url = new URL(text);
  switch (url.protocol) {
    case "http:":
    case "https:":
      return readHttp(url);
    case "ssh:":
    case "git+ssh:":
      if (url.hostname === "") return { problem: "names no host; write ssh://git@host/repo.git" };
      if (url.password !== "") return { problem: "holds a password; ssh takes its keys from the ssh agent" };
      if (url.hostname.startsWith("-") || url.username.startsWith("-")) return { problem: "names no host" };
      return { transport: "ssh", repository: text.replace(/^git\+/i, ""), credentials: undefined };
    case "file:":
      if (url.hostname !== "" && url.hostname !== "localhost")
        return { problem: "names a host; a file URL has three slashes, as file:///srv/git/repo.git" };
      return { transport: "disk", repository: fileURLToPath(url), credentials: undefined };
    case "git:":
      return { problem: "uses git://, which is not encrypted; use https:// or ssh://" };
    default:
      return { problem: `has the unknown scheme ${url.protocol}//; ${FORMS}` };
  }
}

function readHttp(url: URL): Place | Problem {
  if (url.hostname === "") return { problem: "names no host; write https://host/repo.git" };
  if (url.pathname === "/" || url.pathname === "")
    return {
      problem: "names a host alone; the repository's path is missing, as in https://host/team/repo.git",
    };
  if (url.pathname.includes("@"))
    return {
      problem: "has an @ in its path; a / in a password is written %2F, or set NOROSHI_GIT_TOKEN instead",
    };
  const username = decode(url.username);
  const password = decode(url.password);
  url.username = "";
  url.password = "";
  if (username === undefined || password === undefined)
    return { problem: "has credentials that are not URL-encoded; set NOROSHI_GIT_TOKEN instead" };
  // https://<token>@host is what GitHub and others take for a token; only a name of its own needs NOROSHI_GIT_TOKEN.
  const credentials = username === "" && password === "" ? undefined : { username, password };
  return { transport: "http", repository: url.href.replace(/\/$/, ""), credentials };
}

function readPathOrScp(text: string): Place | Problem {
  const scp = /^(?:([\w.-]+)@)?([\w.-]+):(?!\/\/)(.+)$/.exec(text);
  if (scp === null) return { transport: "disk", repository: text, credentials: undefined };
  if (text.startsWith("-")) return { problem: "names no host; write git@host:team/repo.git" };
  return { transport: "ssh", repository: text, credentials: undefined };
}

function readFragment(fragment: string): Inside | Problem {
  const at = fragment.indexOf(":");
  const branch = at === -1 ? fragment : fragment.slice(0, at);
  const path = (at === -1 ? "" : fragment.slice(at + 1)).replace(/^(\.?\/)+|\/+$/g, "");
  if (/[\s~^?*[\\]|\.\.|^[-/]|\/$|@\{/.test(branch))
    return { problem: `"${branch}" cannot be a branch; write #branch:path, as #main:slo-specs` };
  if (path.split("/").includes(".."))
    return { problem: `the path "${path}" leads out of the repository; write it from the repository's root` };
  return { branch: branch === "" ? undefined : branch, path: path === "." ? "" : path };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** A URL as it may be shown; what is none loses all that may be a password. */
export function withoutCredentials(url: string): string {
  return url.replace(/^(https?:\/\/).*@/is, "$1").replace(/^([a-z][a-z0-9+.-]*:\/\/[^/:@]*):.*@/is, "$1@");
}

/** The same for all ways to write a repository's address, so that a webhook's is recognised: `host/team/repo`. */
export function repositoryKey(url: string): string {
  const scp = /^(?:[\w.-]+@)?([\w.-]+):(?!\/\/)(.+)$/.exec(url);
  const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?([^/:]*)(?::\d+)?\/(.*)$/i.exec(url);
  const [, name = "", path = url] = host ?? scp ?? [];
  const trimmed = path.replace(/^\/+|\/+$/g, "").replace(/\.git$/i, "");
  return `${name}/${trimmed}`.toLowerCase();
}
