import type { Episode } from "../alert/episode.ts";
import type { FlapRule } from "../alert/flapping.ts";
import type { Transition } from "../alert/transition.ts";
import { durationMs, timestampMs } from "../model/time.ts";
import { SILENT_LOG } from "../self/log.ts";
import { bucketStartMs } from "../slo/bucket.ts";
import { OCCURRENCES } from "../slo/budgeting-method.ts";
import { chunkStartMs } from "../slo/history.ts";
import type { Slo } from "../slo/slo.ts";
import { workbookAlerts } from "../slo/workbook-tiers.ts";
import { createEvaluator } from "./evaluator.ts";
import type { EvaluatorPorts } from "./evaluator.ts";

/** When tests begin. */
const T0 = timestampMs(1_800_000_000_000);
export const HOUR = 3_600_000;

/** With the four tiers of the Workbook. */
export function exampleSlo(name: string, indicator: string): Slo {
  const windowMs = durationMs(30 * 24 * HOUR);
  const alerts = workbookAlerts(windowMs, 0.999);
  return {
    name,
    displayName: name,
    description: "",
    service: "payment",
    owner: undefined,
    runbookUrl: undefined,
    labels: {},
    annotations: {},
    objectiveName: "",
    target: 0.999,
    window: { kind: "rolling", ms: windowMs },
    windowMs: windowMs,
    method: OCCURRENCES,
    indicator: { id: indicator, source: "traces", total: "{}", select: { outcome: "good", query: "{}" } },
    alerts,
    minEvents: 1,
    location: { file: "a.yaml", line: 1, column: 1 },
  };
}

/** Counts in one bucket per call, a control store in memory, and a clock that the test moves. */
export function world() {
  let nowMs: number = T0;
  const rows: { indicator: string; bucketMs: number; good: number; total: number }[] = [];
  const groups: { groupId: bigint; touched: { indicator: string; chunkMs: number }[] }[] = [];
  const stored: Exclude<Transition, { kind: "unchanged" }>[] = [];
  const open = new Map<string, Episode>();
  const broken = { store: false, slo: "" };
  let ids = 0;
  const ports: EvaluatorPorts = {
    counts: {
      readLastGroupId: async () => groups.at(-1)?.groupId ?? 0n,
      readChangesAfter: async (id) => groups.filter((group) => group.groupId > id),
      readChunkSums: async (indicators) =>
        rows
          .filter((r) => indicators.includes(r.indicator))
          .map((r) => ({ ...r, chunkMs: chunkStartMs(r.bucketMs) })),
      readBuckets: async (chunks) =>
        rows.filter((r) =>
          chunks.some((c) => c.indicator === r.indicator && c.chunkMs === chunkStartMs(r.bucketMs)),
        ),
      readSliceSums: async () => [],
      readSliceBuckets: async () => [],
    },
    coveredFromMs: (id) => (id === "uncounted" ? undefined : 0),
    loadOpenEpisodes: async () => [...open.values()],
    catchUp: async () => undefined,
    loadFirings: async (sinceMs) =>
      stored.flatMap((change) => {
        const { sloName, alertKey, firedAt } = change.episode;
        const isFiring = change.kind === "changed" && change.actions.includes("trigger");
        return isFiring && firedAt !== null && firedAt >= sinceMs ? [{ sloName, alertKey, firedAt }] : [];
      }),
    storeTransition: async (change) => {
      if (broken.store || change.episode.sloName === broken.slo) throw new Error("the control store is away");
      stored.push(change);
      if (change.kind === "dropped" || change.episode.state === "resolved") open.delete(change.episode.id);
      else open.set(change.episode.id, change.episode);
      return "stored";
    },
  };
  const start = (flapping?: FlapRule) =>
    createEvaluator({
      ports,
      now: () => timestampMs(nowMs),
      newId: () => `episode-${(ids += 1)}`,
      log: SILENT_LOG,
      observe: () => {},
      intervalMs: 20,
      minIntervalMs: 1,
      flapping,
    });
  const send = (indicator: string, good: number, bad: number): void => {
    const bucketMs = bucketStartMs(nowMs);
    rows.push({ indicator, bucketMs, good, total: good + bad });
    groups.push({
      groupId: BigInt(groups.length + 1),
      touched: [{ indicator, chunkMs: chunkStartMs(bucketMs) }],
    });
  };
  return { start, send, stored, open, broken, advance: (ms: number) => (nowMs += ms), at: () => nowMs };
}

/** Waits for the evaluator, 2.5 s at most. */
export const until = async (condition: () => boolean): Promise<void> => {
  for (let i = 0; i < 500 && !condition(); i += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  if (!condition()) throw new Error("what was waited for did not come");
};
