import type { CountDelta, IndicatorChunk } from "../model/sli-counts.ts";
import { touchedChunks } from "./touched-chunks.ts";
import type { CountsStore } from "./counts-sql.ts";
import { correctBuckets } from "./correct-counts.ts";
import { bucketScopes, findDrift } from "./find-drift.ts";
import type { ParsedIndicator } from "./parse-indicator.ts";

/** Runs `fn` when no group is being stored; see the group commit. */
export type AtBoundary = <T>(fn: (lastGroupId: bigint) => Promise<T>) => Promise<T>;

export interface RepairPorts {
  readonly store: CountsStore;
  /** Used at a boundary, while groups wait. */
  readonly boundaryStore: CountsStore;
  readonly atBoundary: AtBoundary;
  /** Tells evaluators which counts to read again; takes a boundary of its own. */
  readonly announce: (touched: readonly IndicatorChunk[]) => Promise<void>;
  readonly writer: bigint;
}

/** A complete indicator whose counts may be compared with the spans. */
export interface RepairTarget {
  readonly indicator: ParsedIndicator;
  /** Earlier buckets are left alone. */
  readonly fromMs: number;
}

/** Indicators of the targets that may still be corrected, asked inside the boundary. */
export type StillCounted = (indicatorId: string) => boolean;

/**
 * Makes the counts of [fromMs, toMs) equal the spans and returns what was added. A group that is being stored looks like
 * drift, so that is only a suspicion: each suspected bucket is compared again at a boundary before anything is written.
 */
export async function repairCounts(
  ports: RepairPorts,
  targets: readonly RepairTarget[],
  range: { readonly fromMs: number; readonly toMs: number },
  isStillCounted: StillCounted,
): Promise<readonly CountDelta[]> {
  const fromOf = new Map(targets.map((target) => [target.indicator.id, target.fromMs]));
  const indicators = targets.map((target) => target.indicator);
  const drift = await findDrift(ports.store, { indicators, ...range });
  const suspects = drift.filter(({ indicator, bucketMs }) => bucketMs >= (fromOf.get(indicator) ?? Infinity));
  const corrections: CountDelta[] = [];
  for (const scope of bucketScopes(suspects.map((suspect) => suspect.bucketMs))) {
    const buckets = new Set(scope.buckets);
    const suspected = new Set(
      suspects.filter(({ bucketMs }) => buckets.has(bucketMs)).map(({ indicator }) => indicator),
    );
    corrections.push(
      ...(await correctAtBoundary(
        ports,
        targets.filter(({ indicator }) => suspected.has(indicator.id)),
        buckets,
        isStillCounted,
      )),
    );
  }
  return corrections;
}

/** Compares and corrects these buckets while no group is being stored, then tells evaluators. */
async function correctAtBoundary(
  ports: RepairPorts,
  targets: readonly RepairTarget[],
  buckets: Iterable<number>,
  isStillCounted: StillCounted,
): Promise<readonly CountDelta[]> {
  const all = [...buckets];
  const corrections = await ports.atBoundary(async () => {
    const done: CountDelta[] = [];
    // Targets that are covered from the same time on are compared together.
    for (const fromMs of new Set(targets.map((target) => target.fromMs))) {
      const indicators = targets
        .filter((target) => target.fromMs === fromMs && isStillCounted(target.indicator.id))
        .map((target) => target.indicator);
      const covered = all.filter((bucketMs) => bucketMs >= fromMs);
      done.push(
        ...(await correctBuckets(ports.boundaryStore, {
          indicators,
          buckets: covered,
          writer: ports.writer,
        })),
      );
    }
    return done;
  });
  if (corrections.length > 0) await ports.announce(touchedChunks(corrections));
  return corrections;
}
