/** Files that are pushed have paths of their own: those of different sources, and of folders, never meet. */
const PREFIX = "pushed:";

/** What a pushed source may be called: the name of a repository, say, `acme/payments`. */
export const PUSHED_NAME = /^[a-z0-9](?:[a-z0-9._-]|\/(?=[a-z0-9])){0,99}$/i;

/** Of `slo-specs/a.yaml` in the source `acme/payments`: `pushed:acme:payments/slo-specs/a.yaml`. */
export function pushedPath(source: string, path: string): string {
  return `${pushedPrefix(source)}${path}`;
}

/** What the paths of a source begin with. */
export function pushedPrefix(source: string): string {
  return `${PREFIX}${source.replaceAll("/", ":")}/`;
}

/** The pushed source that a path belongs to; undefined for files of folders and of git. */
export function pushedSourceOf(path: string): string | undefined {
  const end = path.indexOf("/");
  if (!path.startsWith(PREFIX) || end < 0) return undefined;
  return path.slice(PREFIX.length, end).replaceAll(":", "/");
}

/** The path as its author knows it, of any source. */
export function authorsPath(path: string): string {
  return pushedSourceOf(path) === undefined ? path : path.slice(path.indexOf("/") + 1);
}
