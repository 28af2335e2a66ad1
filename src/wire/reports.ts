import type { NativeArea } from "../api/native-routes.ts";
import { reportRoutes, type ReportFilter } from "../api/report-routes.ts";
import type { Config } from "../config.ts";
import type { EvaluatorPorts } from "../evaluator/evaluator.ts";
import { judgePast } from "../evaluator/judge-past.ts";
import { timestampMs, type Now } from "../model/time.ts";
import { buildReport, type PeriodCounts } from "../report/build-report.ts";
import { periodSlo, type PeriodSlo } from "../report/period-slo.ts";
import type { Report } from "../report/report.ts";
import type { ReportPeriod } from "../report/report-period.ts";
import { burnRate } from "../slo/burn-rate.ts";
import { coveredFromMs as coveredFromMsOf, countParts } from "../slo/count-parts.ts";
import type { Slo } from "../slo/slo.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import { readPeriodCounts } from "../store/clickhouse/read-period-counts.ts";
import type { Database } from "../store/postgres/database.ts";
import { readFiredEpisodes } from "../store/postgres/read-fired-episodes.ts";
import { listRedefinedSlos } from "../store/postgres/slo-revision-store.ts";
import { wireCountReader } from "./counts.ts";
import type { Specs } from "./specs.ts";

export interface ReportParts {
  readonly config: Config;
  readonly clickhouse: ClickHouse;
  readonly db: Database;
  readonly ports: Pick<EvaluatorPorts, "coveredFromMs" | "exclusionOf">;
  readonly specs: Pick<Specs, "inForce">;
  readonly now: Now;
}

const MOST_SLOS = 5_000;
const MOST_EPISODES = 50_000;
/** SLOs that are judged together, each by some thousand sums. */
const JUDGED_AT_ONCE = 25;

/** Reports over the counts that are stored. */
export function wireReports(parts: ReportParts): NativeArea {
  return reportRoutes({
    now: parts.now,
    report: (period, previous, filter) => makeReport(parts, period, previous, filter),
  });
}

async function makeReport(
  parts: ReportParts,
  period: ReportPeriod,
  previous: ReportPeriod,
  filter: ReportFilter,
): Promise<Report> {
  const { config, db, now, ports, specs } = parts;
  const { retention } = config.file;
  const nowMs = now();
  const all = specs
    .inForce()
    .slos.filter(
      ({ service, owner }) =>
        (filter.service === undefined || service === filter.service) &&
        (filter.owner === undefined || (owner ?? "") === filter.owner),
    );
  const slos = all.slice(0, MOST_SLOS);
  const countsFromMs = nowMs - retention.sliCounts;
  const episodes = await readFiredEpisodes(db, period.startMs, period.endMs, MOST_EPISODES);
  const notes: string[] = [];
  if (all.length > slos.length) {
    notes.push(
      `There are ${all.length} SLOs; only ${MOST_SLOS} are reported: ask for a service or an owner.`,
    );
  }
  if (episodes.length === MOST_EPISODES) {
    notes.push(`There were more than ${MOST_EPISODES} episodes; later ones are not in this report.`);
  }
  return buildReport({
    nowMs,
    period,
    previous,
    slos,
    counted: await countPeriod(parts, slos, period, nowMs),
    countedBefore: await countPeriod(parts, slos, previous, nowMs),
    coveredFromMs: (slo) => {
      const fromMs = coveredFromMsOf(slo, ports.coveredFromMs);
      return fromMs === undefined ? undefined : Math.max(fromMs, countsFromMs);
    },
    episodes,
    episodesKeptFromMs: nowMs - retention.episodes,
    redefined: new Set(await listRedefinedSlos(db, new Date(period.startMs), new Date(period.endMs))),
    notes,
  });
}

/** Sums in the store where events are simply added up; the rest is judged as the evaluator does. */
async function countPeriod(
  parts: ReportParts,
  slos: readonly Slo[],
  period: ReportPeriod,
  nowMs: number,
): Promise<ReadonlyMap<string, PeriodCounts>> {
  const { clickhouse, ports } = parts;
  const covered = slos.filter((slo) => coveredFromMsOf(slo, ports.coveredFromMs) !== undefined);
  const single = covered.filter(({ indicator }) => indicator.source !== "composite");
  const ids = [...new Set(single.flatMap((slo) => countParts(slo).map(({ indicator }) => indicator.id)))];
  const sums = await readPeriodCounts(clickhouse, ids, period.daysMs);
  const found = new Map<string, PeriodCounts>();
  const judged: PeriodSlo[] = [];
  for (const slo of covered) {
    const isPlain =
      slo.indicator.source !== "composite" &&
      slo.method.kind === "occurrences" &&
      (ports.exclusionOf?.(slo)?.within(period.startMs, period.endMs).length ?? 0) === 0;
    if (isPlain) found.set(slo.name, plainCounts(slo, sums.get(slo.indicator.id)));
    else judged.push(periodSlo(slo, period.startMs, period.endMs, nowMs));
  }
  const reader = wireCountReader(clickhouse, "read");
  const originals = new Map(covered.map((slo) => [slo.name, slo]));
  for (let i = 0; i < judged.length; i += JUDGED_AT_ONCE) {
    const some = judged.slice(i, i + JUDGED_AT_ONCE);
    const verdicts = await judgePast(
      reader,
      some.map(({ slo }) => slo),
      timestampMs(some[0]!.atMs),
      ports.coveredFromMs,
      ports.exclusionOf,
    );
    for (const [name, { slo, budget, corrected }] of verdicts) {
      const raw = corrected?.raw.budget ?? budget;
      const isSingle = slo.indicator.source !== "composite";
      found.set(name, {
        counts: budget.counts,
        remainingRatio: budget.remainingRatio,
        raw: { counts: raw.counts, remainingRatio: raw.remainingRatio },
        eventDays: isSingle ? (sums.get(originals.get(name)!.indicator.id)?.eventDays ?? 0) : undefined,
      });
    }
  }
  return found;
}

function plainCounts(
  slo: Slo,
  sums: { readonly counts: PeriodCounts["counts"]; readonly eventDays: number } | undefined,
): PeriodCounts {
  const counts = sums?.counts ?? { good: 0, total: 0 };
  const burn = burnRate(counts, slo.target);
  const remainingRatio = burn === undefined ? undefined : 1 - burn;
  return { counts, remainingRatio, raw: { counts, remainingRatio }, eventDays: sums?.eventDays ?? 0 };
}
