import type { Labels } from "../../model/labels.ts";
import type { MetricMetadata } from "../../model/sample-batch.ts";
import type { Now } from "../../model/time.ts";
import type { Matcher } from "../../promql/ast.ts";
import type { RunQuery } from "../../promql/query-request.ts";
import type { Log } from "../../self/log.ts";
import type { SloView } from "../slo-body.ts";

/** Which series are asked about. */
export interface SeriesSelection {
  /** Series that pass all matchers of any list; with no list, all series. */
  readonly selectors: readonly (readonly Matcher[])[];
  /** Epoch milliseconds, both inclusive; may reach beyond everything that is stored. */
  readonly range: { readonly fromMs: number; readonly toMs: number };
  /** Answers at most; above 0. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** An exemplar as the API shows it. */
export interface ExemplarView {
  readonly timeMs: number;
  readonly value: number;
  readonly labels: Labels;
}

/** The SLOs with what was judged last, for `rules` and `alerts`. */
export interface RuleViews {
  readonly slos: readonly SloView[];
  /** How often they are judged, in seconds. */
  readonly intervalSeconds: number;
  /** How long the last evaluation of all took, in seconds. */
  readonly evaluationSeconds: number;
}

/** What the Prometheus API is made of. Rejections become `internal` errors, or `unavailable` where a store is away. */
export interface PrometheusPorts {
  readonly runQuery: RunQuery;
  /** Each series once. */
  series(selection: SeriesSelection): Promise<readonly Labels[]>;
  /** Sorted. */
  labelNames(selection: SeriesSelection): Promise<readonly string[]>;
  /** Sorted. */
  labelValues(label: string, selection: SeriesSelection): Promise<readonly string[]>;
  /** Of one family, or of all when `metric` is undefined; those of one family in a row. */
  metadata(what: {
    readonly metric: string | undefined;
    readonly limit: number;
    readonly signal: AbortSignal;
  }): Promise<readonly MetricMetadata[]>;
  /** By series; `limit` is of exemplars. */
  exemplars(
    selection: SeriesSelection,
  ): Promise<readonly { readonly series: Labels; readonly exemplars: readonly ExemplarView[] }[]>;
  rules(): RuleViews;
  readonly now: Now;
  /** Ours. */
  readonly version: string;
  /** How old a sample may be and still count, unless `lookback_delta` says otherwise; 5 min. */
  readonly lookbackMs: number;
  /** Step of subqueries that name none; 1 min. */
  readonly subqueryStepMs: number;
  /** Series, names, values, families or exemplars in one answer, where the client names no lower limit. */
  readonly maxListed: number;
  /** Whether this error means that a store cannot be reached, so that asking again later helps. */
  readonly isStoreAway: (error: unknown) => boolean;
  readonly log: Log;
}
