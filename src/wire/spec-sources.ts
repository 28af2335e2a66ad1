import { createHash } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config.ts";
import type { Log } from "../self/log.ts";
import { createGitSource } from "../spec/git/git-source.ts";
import { createFolderSource } from "../spec/source/folder-source.ts";
import type { LastGood } from "../spec/source/last-good.ts";
import type { SpecSource } from "../spec/source/spec-source.ts";

/** What the configuration names, by name. */
export function configuredSources({ specs, gitSpecs }: Config): readonly Pick<LastGood, "name" | "kind">[] {
  return [
    ...specs.map((name) => ({ name, kind: "folder" as const })),
    ...gitSpecs.map(({ name }) => ({ name, kind: "git" as const })),
  ];
}

/** The sources that the configuration names, in its order, folders first; git begins with what ran last. */
export function openSpecSources(parts: {
  readonly config: Config;
  readonly log: Log;
  readonly lastGoodOf: (name: string) => LastGood | undefined;
}): readonly SpecSource[] {
  const { config, log } = parts;
  const { pollInterval, timeout } = config.file.specs;
  const scratch = join(config.dataDir, "specs");
  if (config.gitSpecs.length > 0) removeLeftovers(scratch);
  const folders = config.specs.map((path) => createFolderSource(path));
  const repositories = config.gitSpecs.map((address) => {
    const last = parts.lastGoodOf(address.name);
    const hash = createHash("sha256").update(address.name).digest("hex").slice(0, 16);
    return createGitSource({
      address,
      pollMs: pollInterval,
      timeoutMs: timeout,
      // Several processes may share a data directory.
      scratchDir: join(scratch, `${hash}-${process.pid}`),
      ...(last === undefined
        ? {}
        : {
            initial: {
              texts: last.texts,
              problems: [],
              ...(last.revision === undefined ? {} : { revision: last.revision }),
            },
          }),
      onNews: ({ level, text, commit }) =>
        log[level](text, commit === undefined ? {} : { subject: commit.subject, author: commit.author }),
    });
  });
  return [...folders, ...repositories];
}

/** What processes were fetching that ended without warning. Nothing depends on it. */
function removeLeftovers(scratch: string): void {
  try {
    for (const name of readdirSync(scratch)) {
      const pid = Number(/^[0-9a-f]{16}-(\d+)$/.exec(name)?.[1]);
      if (pid > 0 && (pid === process.pid || !isAlive(pid))) {
        rmSync(join(scratch, name), { recursive: true, force: true });
      }
    }
  } catch {
    // There is none yet, or it may not be read: fetching says so.
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
