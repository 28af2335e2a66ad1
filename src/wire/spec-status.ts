import { timeOrNull, timeText } from "../api/episode-body.ts";
import type { Hono } from "hono";
import { createGitHook, type GitHookPorts } from "../api/git-hook.ts";
import type { NativeArea } from "../api/native-routes.ts";
import {
  specSourceRoutes,
  type SpecSourceListBody,
  type SpecSourcePorts,
} from "../api/spec-source-routes.ts";
import type { SpecListBody } from "../api/spec-schema.ts";
import { createSpecsPage } from "../api/specs-page.ts";
import type { Config } from "../config.ts";
import type { Log } from "../self/log.ts";
import type { Metrics } from "../self/metrics.ts";
import type { LoadedSpecs } from "../spec/load-specs.ts";
import { repositoryKey } from "../spec/git/git-address.ts";
import type { SourceStatus } from "../spec/source/sync-status.ts";
import type { Specs } from "./specs.ts";

/** What the API tells of the sources of specs, below /api/v1. */
export function specStatusArea(specs: Pick<Specs, "statuses" | "sync">): NativeArea {
  return specSourceRoutes(specSourcePorts(specs));
}

/** Their page, and where git servers tell of pushes. */
export function wireSpecStatus(parts: {
  readonly config: Config;
  readonly specs: Pick<Specs, "statuses" | "sync">;
  readonly log: Log;
}): { readonly page: Hono; readonly hook: Hono } {
  const { config, specs, log } = parts;
  const ports = specSourcePorts(specs);
  return {
    page: createSpecsPage(() => ports.sources()),
    hook: createGitHook(gitHookPorts(config, specs, log)),
  };
}

function specSourcePorts(specs: Pick<Specs, "statuses" | "sync">): SpecSourcePorts {
  return {
    sources: () => ({ sources: specs.statuses().map(sourceBody) }),
    sync: (names) => specs.sync(names?.map(pushedSource)),
  };
}

/** All that was pushed is read at once. */
const pushedSource = (name: string): string => (name.startsWith("pushed:") ? "pushed" : name);

function sourceBody(status: SourceStatus): SpecSourceListBody["sources"][number] {
  const { commit } = status;
  return {
    name: status.name,
    kind: status.kind,
    status: status.state,
    reason: status.reason ?? null,
    revision: status.revision ?? null,
    remoteRevision: status.remoteRevision ?? null,
    lastGoodRevision: status.lastGoodRevision ?? null,
    commit:
      commit === undefined
        ? null
        : { id: commit.id, subject: commit.subject, author: commit.author, at: timeText(commit.atMs) },
    lastSync: timeOrNull(status.lastSyncMs ?? null),
    lastAttempt: timeOrNull(status.lastAttemptMs ?? null),
    nextPoll: timeOrNull(status.nextPollMs ?? null),
    files: status.files.map(({ path, state, slos, errors }) => ({
      path,
      status: state,
      slos: [...slos],
      errors: errors.map((error) => ({ ...error })),
    })),
  };
}

/** What the API tells of the files, whichever source they are of. */
export function specListBody(
  { loaded, loadedAtMs }: { readonly loaded: LoadedSpecs; readonly loadedAtMs: number },
  statuses: readonly SourceStatus[],
): SpecListBody {
  const known = new Map(
    statuses.flatMap((source) => source.files.map((file) => [file.path, { source, file }] as const)),
  );
  return {
    loadedAt: timeText(loadedAtMs),
    files: loaded.files.map((file) => ({
      path: file.path,
      slos: [...file.slos],
      stale: file.stale,
      source: known.get(file.path)?.source.name ?? null,
      status: known.get(file.path)?.file.state ?? "Degraded",
    })),
    diagnostics: loaded.diagnostics.map((diagnostic) => ({ ...diagnostic })),
  };
}

/** Which sources a push to a git server is about, and what is done then. */
function gitHookPorts(
  { gitSpecs, gitWebhookSecret }: Pick<Config, "gitSpecs" | "gitWebhookSecret">,
  specs: Pick<Specs, "sync">,
  log: Log,
): GitHookPorts {
  return {
    secret: gitWebhookSecret,
    pushed({ urls, ref }) {
      const keys = new Set(urls.map(repositoryKey));
      const names = gitSpecs
        .filter(({ repository }) => keys.has(repositoryKey(repository)))
        .filter(({ branch }) => branch === undefined || ref === undefined || ref === `refs/heads/${branch}`)
        .map(({ name }) => name);
      if (names.length > 0) {
        specs.sync(names).catch((error: unknown) => log.warn("specs could not be synced", { error }));
      }
      return names;
    },
  };
}

/** Fills the gauges of the sources when they are asked for. */
export function fillSpecSources(
  { specSourceSynced, specSourceLastSync }: Pick<Metrics, "specSourceSynced" | "specSourceLastSync">,
  statuses: readonly SourceStatus[],
): void {
  specSourceSynced.reset();
  specSourceLastSync.reset();
  for (const { name, state, lastSyncMs } of statuses) {
    specSourceSynced.set({ source: name }, state === "Synced" ? 1 : 0);
    if (lastSyncMs !== undefined) specSourceLastSync.set({ source: name }, lastSyncMs / 1_000);
  }
}
