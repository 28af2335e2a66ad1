import { errorInterval } from "../slo/low-traffic.ts";
import type { RequestStats } from "../model/request-stats.ts";
import { redOf, type Red } from "./red.ts";
import type { ReadRange, RequestGroup, ServicePorts } from "./service-ports.ts";

/** Where the true share of failures lies, 0..1, at 95 % confidence. */
export interface ShareInterval {
  low: number;
  high: number;
}

export interface ComparedSide extends Red {
  errorInterval: ShareInterval | null;
}

/**
 * Of version b against a. worse, better: the intervals of their shares of failures lie apart · same: they do not, which may
 * be for want of requests · only-a, only-b: the other one answered none.
 */
export type ErrorVerdict = "worse" | "better" | "same" | "only-a" | "only-b";

export interface ComparedOperation {
  /** "" for all of them. */
  operation: string;
  a: ComparedSide | null;
  b: ComparedSide | null;
  errors: ErrorVerdict;
  /** p95 of b / p95 of a. */
  p95Ratio: number | null;
}

export interface VersionComparison {
  a: string;
  b: string;
  overall: ComparedOperation;
  /** Those where b fails more first, then the busiest. */
  operations: ComparedOperation[];
}

export interface ComparisonQuestion extends ReadRange {
  readonly service: string;
  readonly a: string;
  readonly b: string;
  readonly apdexMs: number;
}

const MOST_GROUPS = 400;
const CONFIDENCE = 0.95;
const RANK: Readonly<Record<ErrorVerdict, number>> = {
  worse: 0,
  "only-b": 1,
  same: 2,
  better: 3,
  "only-a": 4,
};

/** Two versions of a service side by side, as a whole and by operation; of those that are not seen in this time, which. */
export async function compareVersions(
  ports: Pick<ServicePorts, "readRequestGroups">,
  question: ComparisonQuestion,
): Promise<VersionComparison | { readonly unseen: string }> {
  const { a, b } = question;
  const asked = { ...question, versions: [a, b], order: "requests", limit: MOST_GROUPS } as const;
  const [whole, groups] = await Promise.all([
    ports.readRequestGroups({ ...asked, by: "version" }),
    ports.readRequestGroups({ ...asked, by: "version and operation" }),
  ]);
  const unseen = [a, b].find((version) => !whole.some((one) => one.version === version));
  if (unseen !== undefined) return { unseen };
  const lengthsMs = new Map(
    whole.map((one) => [one.version, Math.max(60_000, one.lastMs - one.firstMs)] as const),
  );
  const compare = (operation: string, of: readonly RequestGroup[]): ComparedOperation => {
    const sideOf = (version: string): ComparedSide | null => {
      const stats = of.find((one) => one.version === version && one.operation === operation)?.stats;
      return stats === undefined || stats.requests === 0
        ? null
        : comparedSide(stats, lengthsMs.get(version) ?? 60_000);
    };
    return comparedOperation(operation, sideOf(a), sideOf(b));
  };
  const operations = [...new Set(groups.map(({ operation }) => operation))].map((operation) =>
    compare(operation, groups),
  );
  return { a, b, overall: compare("", whole), operations: operations.sort(byConcern) };
}

function comparedSide(stats: RequestStats, lengthMs: number): ComparedSide {
  return { ...redOf(stats, lengthMs), errorInterval: shareInterval(stats.errors, stats.requests) };
}

/** Wilson's, of `failed` out of `total`; null without any. */
export function shareInterval(failed: number, total: number): ShareInterval | null {
  const interval = errorInterval({ good: total - failed, total }, CONFIDENCE);
  return interval === undefined ? null : { low: interval.low, high: interval.high };
}

function comparedOperation(
  operation: string,
  a: ComparedSide | null,
  b: ComparedSide | null,
): ComparedOperation {
  const before = a?.durationMs?.p95;
  const after = b?.durationMs?.p95;
  return {
    operation,
    a,
    b,
    errors: verdictOf(a?.errorInterval, b?.errorInterval),
    p95Ratio: before && after ? Number((after / before).toPrecision(3)) : null,
  };
}

function verdictOf(a: ShareInterval | null | undefined, b: ShareInterval | null | undefined): ErrorVerdict {
  if (!a) return b ? "only-b" : "same";
  if (!b) return "only-a";
  if (b.low > a.high) return "worse";
  return b.high < a.low ? "better" : "same";
}

function byConcern(x: ComparedOperation, y: ComparedOperation): number {
  const requests = ({ a, b }: ComparedOperation): number => (a?.requests ?? 0) + (b?.requests ?? 0);
  return RANK[x.errors] - RANK[y.errors] || requests(y) - requests(x) || (x.operation < y.operation ? -1 : 1);
}
