import { basename, dirname, join, relative, resolve } from "node:path";
import { comparePaths } from "../spec/diagnostic.ts";
import { PUSHED_NAME } from "../spec/source/pushed-path.ts";
import { readSpecSources } from "../spec/spec-folder.ts";
import { readGitFacts, repositoryName, type GitFacts } from "./git-facts.ts";

/** What `diff` and `apply` send. */
export interface SpecFiles {
  readonly source: string;
  /** Where its name comes from, for people. */
  readonly sourceFrom: string;
  /** Paths from the root of the repository. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly commit: string | undefined;
}

/** Why a command cannot run, in a sentence that says what to do. */
export class CannotRun extends Error {
  override readonly name = "CannotRun";
}

export interface SpecFilesOptions {
  readonly source?: string;
  readonly commit?: string;
  /** What CI servers tell. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Reads the files, and finds out whose they are. Throws CannotRun. */
export async function readSpecFiles(paths: readonly string[], options: SpecFilesOptions): Promise<SpecFiles> {
  const { texts, problems } = await readSpecSources(paths);
  const [unread] = problems.filter(({ severity }) => severity === "error");
  if (unread !== undefined) throw new CannotRun(`${unread.file}: ${unread.message}; ${unread.hint}`);
  if (texts.length === 0) {
    throw new CannotRun(`no spec file in ${paths.join(", ")}; docs/slo-specs.md says how to write one`);
  }
  const first = resolve(paths[0]!);
  const git = await readGitFacts(first).catch(() => undefined);
  const root = git?.root ?? process.cwd();
  const files = texts.map(({ path, text }) => ({ path: shownPath(path, root, paths), text }));
  const { source, sourceFrom } = nameSource(options, git, first);
  const { env } = options;
  const commit =
    options.commit ?? nonEmpty(env["GITHUB_SHA"]) ?? nonEmpty(env["CI_COMMIT_SHA"]) ?? git?.commit;
  return { source, sourceFrom, files: files.sort((a, b) => comparePaths(a.path, b.path)), commit };
}

/** From the root; of a file outside of it, from the folder that was given. */
function shownPath(path: string, root: string, given: readonly string[]): string {
  const full = resolve(path);
  const below = slashed(relative(root, full));
  if (below !== "" && !below.startsWith("../") && !/^[a-z]:/i.test(below)) return below;
  const folder = given
    .map((each) => resolve(each))
    .find((each) => full === each || full.startsWith(join(each, "/")));
  return slashed(relative(dirname(folder ?? full), full));
}

const slashed = (path: string): string => path.replaceAll("\\", "/");

function nameSource(
  { source, env }: SpecFilesOptions,
  git: GitFacts | undefined,
  folder: string,
): Pick<SpecFiles, "source" | "sourceFrom"> {
  if (source !== undefined) {
    if (!PUSHED_NAME.test(source)) {
      throw new CannotRun(
        `--source ${source}: write letters, digits, dots, dashes and slashes, such as acme/payments`,
      );
    }
    return { source, sourceFrom: "--source" };
  }
  const candidates = [
    [nonEmpty(env["GITHUB_REPOSITORY"]), "GITHUB_REPOSITORY"],
    [nonEmpty(env["CI_PROJECT_PATH"]), "CI_PROJECT_PATH"],
    [git?.remoteUrl === undefined ? undefined : repositoryName(git.remoteUrl), "the git remote"],
    [git === undefined ? undefined : basename(git.root), "the repository's folder"],
    [basename(folder.replace(/\.(ya?ml|json)$/i, "")), "the folder"],
  ] as const;
  for (const [name, sourceFrom] of candidates) {
    if (name !== undefined && PUSHED_NAME.test(name)) return { source: name, sourceFrom };
  }
  throw new CannotRun("give these files a name with --source, such as acme/payments");
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === "" ? undefined : text.trim();
}
