import type { Episode } from "../alert/episode.ts";
import { explainBudget } from "../slo/explain-budget.ts";
import type { SliCounts } from "../slo/bucket.ts";
import type { AlertDefinition, Slo } from "../slo/slo.ts";
import { describeWindow } from "../slo/slo-window.ts";
import type { SloVerdict, TierVerdict } from "../slo/verdict.ts";
import { correctedBody } from "./corrected-body.ts";
import { groupBody, groupsBody, type GroupsView } from "./group-body.ts";
import { indicatorBody } from "./indicator-body.ts";
import { methodBody } from "./method-body.ts";
import { partBodies } from "./part-body.ts";
import type { SloBody } from "./slo-schema.ts";

/** What is known of an SLO. */
export interface SloView {
  readonly slo: Slo;
  /** undefined until its counts are complete. */
  readonly verdict: SloVerdict | undefined;
  /** Since when its counts are complete, epoch milliseconds. */
  readonly coveredFromMs: number | undefined;
  /** Of this SLO. */
  readonly openEpisodes: readonly Episode[];
  /** Of an SLO with a budget for each value; undefined while they are not known. */
  readonly groups?: GroupsView;
}

const STORED = { traces: "spans", metrics: "samples", composite: "events" } as const;

/** One SLO as the API shows it. */
export function sloBody(view: SloView): SloBody {
  const { slo, verdict, openEpisodes } = view;
  const none = { good: 0, total: 0 };
  const budget = verdict?.budget;
  return {
    name: slo.name,
    displayName: slo.displayName,
    description: slo.description,
    service: slo.service,
    owner: slo.owner ?? null,
    runbookUrl: slo.runbookUrl ?? null,
    labels: Object.fromEntries(Object.entries(slo.labels).map(([key, values]) => [key, [...values]])),
    objective: slo.objectiveName,
    target: slo.target,
    windowMs: slo.windowMs,
    window: windowBody(slo, verdict),
    budgetingMethod: methodBody(slo.method),
    indicator: indicatorBody(slo.indicator),
    parts: partBodies(slo, budget?.composite),
    noData: slo.noData ?? "ignore",
    state: verdict?.state ?? "backfilling",
    evaluatedAt: verdict === undefined ? null : new Date(verdict.at).toISOString(),
    sli: budget?.sli ?? null,
    budget: {
      remainingRatio: budget?.remainingRatio ?? null,
      remainingEvents: budget?.remainingEvents ?? null,
      exhaustedInMs: budget?.exhaustedInMs ?? null,
      explanation:
        budget === undefined
          ? `stored ${STORED[slo.indicator.source]} are still being counted`
          : explainBudget(budget, slo.window),
      coveredWeightRatio: budget?.composite?.coveredWeightRatio ?? null,
      emptySlices: budget?.counts.missing ?? 0,
      ...coverage(view),
      ...countsBody(budget?.counts ?? none),
    },
    burns: (verdict?.burns ?? []).map((burn) => ({
      windowMs: burn.windowMs,
      burnRate: burn.burnRate ?? null,
      ...countsBody(burn.counts),
    })),
    alerts: slo.alerts.map((definition) => alertBody(definition, verdict, openEpisodes)),
    corrected: correctedBody(verdict),
    group: groupBody(view),
    groups: groupsBody(view),
    source: { file: slo.location.file, line: slo.location.line },
  };
}

/** How much of the window the numbers rest on. */
function coverage({ verdict, coveredFromMs }: SloView): {
  coveredFrom: string | null;
  coverageRatio: number | null;
} {
  if (verdict === undefined || coveredFromMs === undefined) return { coveredFrom: null, coverageRatio: null };
  const { startMs, endMs } = verdict.window;
  const untilMs = Math.min(endMs, verdict.at);
  const fromMs = Math.min(untilMs, Math.max(coveredFromMs, startMs));
  const coverageRatio = untilMs === startMs ? 1 : (untilMs - fromMs) / (untilMs - startMs);
  return { coveredFrom: new Date(fromMs).toISOString(), coverageRatio };
}

function windowBody(slo: Slo, verdict: SloVerdict | undefined): SloBody["window"] {
  const { window } = slo;
  return {
    kind: window.kind,
    description: describeWindow(window),
    timeZone: window.kind === "calendar" ? window.timeZone : null,
    start: verdict === undefined ? null : new Date(verdict.window.startMs).toISOString(),
    end: verdict === undefined ? null : new Date(verdict.window.endMs).toISOString(),
  };
}

function alertBody(
  definition: AlertDefinition,
  verdict: SloVerdict | undefined,
  openEpisodes: readonly Episode[],
): SloBody["alerts"][number] {
  const episode = openEpisodes.find((open) => open.alertKey === definition.key);
  const judged = verdict?.alerts.find((alert) => alert.definition.key === definition.key)?.tiers ?? [];
  return {
    key: definition.key,
    severity: definition.severity,
    state: episode?.state === "firing" || episode?.state === "pending" ? episode.state : "ok",
    episodeId: episode?.id ?? null,
    tellsResolved: definition.tellsResolved ?? true,
    notificationTargets: [...(definition.notificationTargets ?? [])],
    tiers: definition.tiers.map((tier) => {
      const tierVerdict: TierVerdict | undefined = judged.find(
        (candidate) => candidate.tier.name === tier.name,
      );
      return {
        name: tier.name,
        kind: tier.kind ?? "burn",
        longWindowMs: tier.longWindowMs,
        shortWindowMs: tier.shortWindowMs ?? null,
        burnThreshold: tier.burnThreshold,
        operator: tier.operator,
        longBurnRate: tierVerdict?.long.burnRate ?? null,
        shortBurnRate: tierVerdict?.short?.burnRate ?? null,
        breaching: tierVerdict?.breaching ?? false,
        errorRate: tierVerdict?.interval ?? null,
        heldBack: tierVerdict?.heldBack ?? false,
      };
    }),
  };
}

function countsBody(counts: SliCounts): { goodEvents: number; badEvents: number; totalEvents: number } {
  return { goodEvents: counts.good, badEvents: counts.total - counts.good, totalEvents: counts.total };
}
