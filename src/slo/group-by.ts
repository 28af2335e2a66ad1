/** One budget for each value, or combination of values, of these attributes or labels. */
export interface GroupBy {
  /** Canonical: TraceQL fields where spans are counted, names of labels where metrics are. One to four. */
  readonly keys: readonly string[];
  /** Most groups that are counted, 1..1000. */
  readonly limit: number;
  /** each: the groups have the SLO's alerts · rolled-up: the SLO has them, groups only have budgets. */
  readonly alerts: GroupAlerts;
}

export const GROUP_ALERTS = ["rolled-up", "each"] as const;
export type GroupAlerts = (typeof GROUP_ALERTS)[number];

/** What makes an SLO one group of another. */
export interface SloGroup {
  /** Name of the SLO that is the whole. */
  readonly parent: string;
  /** The value of each key, for people; `(none)` where events do not have it. In the order of the keys. */
  readonly labels: Readonly<Record<string, string>>;
}

export const DEFAULT_GROUP_LIMIT = 50;
export const MOST_GROUPS = 1_000;
/** More keys multiply beyond what anybody looks at. */
export const MOST_GROUP_KEYS = 4;
