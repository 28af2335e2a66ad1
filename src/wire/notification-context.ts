import type { EpisodeFacts } from "../alert/episode.ts";
import type { NotificationContext } from "../alert/notification-context.ts";
import type { ClaimedNotification } from "../alert/notification.ts";
import { topContributors } from "../alert/top-contributors.ts";
import { HOUR_MS, MINUTE_MS } from "../model/time.ts";
import type { ContextPorts } from "../notify/add-context.ts";
import { parseIndicator } from "../sli/parse-indicator.ts";
import { BUCKET_MS } from "../slo/bucket.ts";
import { isFloor } from "../slo/burn-operator.ts";
import type { Indicator } from "../slo/indicator.ts";
import type { Slo } from "../slo/slo.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import { readBadShares } from "../store/clickhouse/read-bad-shares.ts";
import { readVersionChanges } from "../store/clickhouse/read-version-changes.ts";
import type { Database } from "../store/postgres/database.ts";
import { keepNotificationContext } from "../store/postgres/notification-context-store.ts";
import { pinnedServices } from "../traceql/pinned-services.ts";
import { filterToSql } from "../traceql/span-sql.ts";

/** A change is looked for from an hour before the trouble on, and compared with the hour before that. */
const BEFORE_MS = HOUR_MS;
const KNOWN_BEFORE_MS = 2 * HOUR_MS;
/** What is told when it began may have burned for a while; more of it would take too long to read. */
const LEAST_INTERVAL_MS = 5 * MINUTE_MS;
const MOST_INTERVAL_MS = 6 * HOUR_MS;
const MOST_CHANGES = 3;
const MOST_SERVICES = 3;
const MOST_EVENTS = 100_000;
const LEAST_READ_MS = 20_000;
const MOST_KEPT = 500;

/** What an alert says beside its facts, from what is stored; in the lane of reads. Times are those of the episode. */
export function wireNotificationContext(parts: {
  readonly clickhouse: ClickHouse;
  readonly db: Database;
  readonly slos: () => readonly Slo[];
}): ContextPorts {
  const { clickhouse, db } = parts;
  // Several receivers are told of an episode, and several episodes of a service begin together.
  const changes = keepRecent<NotificationContext["changes"]>();
  const contributors = keepRecent<NotificationContext["contributors"]>();
  const sloOf = ({ sloName }: ClaimedNotification): Slo | undefined =>
    parts.slos().find(({ name }) => name === sloName);
  return {
    whatChanged: async (notification, signal) => {
      const { startedAt, at } = notification;
      const found = await Promise.all(
        servicesOf(sloOf(notification), notification).map((service) => {
          const key = JSON.stringify([service, minuteOf(startedAt), minuteOf(at)]);
          // Spans arrive late, and a long deployment goes on after the first failures.
          const toMs = Math.min(at, startedAt + BEFORE_MS) + MINUTE_MS;
          const range = { fromMs: startedAt - KNOWN_BEFORE_MS, sinceMs: startedAt - BEFORE_MS, toMs };
          return changes(key, () => readVersionChanges(clickhouse, service, range, signal));
        }),
      );
      return found
        .flat()
        .sort((one, other) => other.firstSeenMs - one.firstSeenMs)
        .slice(0, MOST_CHANGES);
    },
    topContributors: (notification, signal) => {
      const slo = sloOf(notification);
      const conditions = slo && conditionsOf(slo, notification);
      if (conditions === undefined) return Promise.resolve([]);
      const key = JSON.stringify([notification.episodeId, notification.at]);
      return contributors(key, async () =>
        topContributors(await readBadShares(clickhouse, conditions, intervalOf(notification), signal)),
      );
    },
    keep: (id, context) => keepNotificationContext(db, id, context),
  };
}

/** Those whose spans the SLO counts, where it names them; otherwise the one that it says it is about. */
function servicesOf(slo: Slo | undefined, { facts }: ClaimedNotification): readonly string[] {
  const indicator = slo && indicatorOf(slo, facts.parts?.[0]?.name);
  const parsed = indicator?.source === "traces" ? parseIndicator(indicator) : undefined;
  const named = [...((parsed && pinnedServices(parsed.total)) ?? [facts.service])];
  return named.filter((service) => service !== "").slice(0, MOST_SERVICES);
}

function minuteOf(atMs: number): number {
  return Math.floor(atMs / MINUTE_MS);
}

/** What of the episode is looked at: of a busy SLO the last minutes. */
function intervalOf({ facts, startedAt, at }: ClaimedNotification): { fromMs: number; toMs: number } {
  const windowMs = Math.max(LEAST_INTERVAL_MS, facts.shortWindowMs ?? 0);
  const lengthMs = at - Math.max(Math.min(startedAt, at - windowMs), at - MOST_INTERVAL_MS);
  return { fromMs: at - Math.min(lengthMs, readableMs(facts)), toMs: at + BUCKET_MS };
}

/** How long it takes until there are so many events; what slices and composites count says nothing of that. */
function readableMs({ totalEvents, longWindowMs, sliceMs, parts }: EpisodeFacts): number {
  if (sliceMs !== undefined || parts !== undefined || totalEvents <= 0) return LEAST_INTERVAL_MS;
  return Math.max(LEAST_READ_MS, (MOST_EVENTS * longWindowMs) / totalEvents);
}

/** Undefined where the SLO does not count spans. Of a composite: those of the part that burns most. */
function conditionsOf(slo: Slo, { facts }: ClaimedNotification) {
  const indicator = indicatorOf(slo, facts.parts?.[0]?.name);
  // Where nothing arrives, or too little fails, there is no worst.
  const hasWorst = facts.noData !== true && !isFloor({ operator: facts.burnOperator ?? "gt" });
  if (indicator?.source !== "traces" || !hasWorst) return undefined;
  const parsed = parseIndicator(indicator);
  if (parsed === undefined) return undefined;
  const select = filterToSql(parsed.select);
  return { total: filterToSql(parsed.total), good: parsed.outcome === "good" ? select : `(NOT ${select})` };
}

function indicatorOf({ indicator }: Slo, part: string | undefined): Indicator | undefined {
  return indicator.source === "composite"
    ? indicator.parts.find(({ name }) => name === part)?.indicator
    : indicator;
}

/** Asks once for each key, also while the answer is on its way; a failure is not kept. */
function keepRecent<T>(): (key: string, ask: () => Promise<T>) => Promise<T> {
  const kept = new Map<string, Promise<T>>();
  return (key, ask) => {
    const known = kept.get(key);
    if (known !== undefined) return known;
    const asked = ask();
    kept.set(key, asked);
    asked.catch(() => kept.delete(key));
    const oldest = kept.keys().next().value;
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    return asked;
  };
}
