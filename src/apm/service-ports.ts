import type { RequestStats, SeenRange } from "../model/request-stats.ts";

/** Of spans: those that ended in [fromMs, toMs), epoch milliseconds. */
export interface ReadRange {
  readonly fromMs: number;
  readonly toMs: number;
  readonly signal?: AbortSignal;
}

export interface SeenVersion extends SeenRange {
  /** "" where spans name none. */
  readonly version: string;
  readonly spans: number;
}

/** A service that sent spans. */
export interface SeenService extends SeenRange {
  readonly service: string;
  /** Of any kind. */
  readonly spans: number;
  readonly stats: RequestStats;
  /** The one that was seen last first. */
  readonly versions: readonly SeenVersion[];
}

/** Requests of one operation, one version, or both; "" where that is not told apart. */
export interface RequestGroup extends SeenRange {
  readonly version: string;
  readonly operation: string;
  readonly stats: RequestStats;
}

export type RequestOrder = "requests" | "errors" | "errorShare" | "p95" | "time";

export interface RequestGroupsQuestion extends ReadRange {
  readonly service: string;
  readonly by: "operation" | "version" | "version and operation";
  /** Only these. */
  readonly versions?: readonly string[];
  readonly apdexMs: number;
  readonly order: RequestOrder;
  readonly limit: number;
}

/** Exceptions of one type of one version. */
export interface SeenException {
  readonly version: string;
  readonly type: string;
  readonly count: number;
  readonly firstMs: number;
}

/** Calls of one version of a service by one version of another. */
export interface CalledPair {
  readonly caller: string;
  readonly callerVersion: string;
  readonly callee: string;
  readonly calleeVersion: string;
  readonly calls: number;
  readonly failed: number;
}

/** An SLO of a service, as it is now. */
export interface ServiceSlo {
  readonly name: string;
  readonly service: string;
  readonly owner: string | null;
  readonly state: "backfilling" | "no_data" | "met" | "at_risk" | "breached";
  readonly budgetRemainingRatio: number | null;
}

/** A change that somebody told of. */
export interface Marker {
  readonly id: string;
  readonly service: string;
  readonly version: string | null;
  readonly at: number;
  readonly kind: string;
  readonly description: string;
  readonly url: string | null;
}

/** What services are read from; each may reject. */
export interface ServicePorts {
  readServices(
    question: ReadRange & { readonly service?: string; readonly apdexMs: number; readonly limit: number },
  ): Promise<readonly SeenService[]>;
  readRequestGroups(question: RequestGroupsQuestion): Promise<readonly RequestGroup[]>;
  readExceptionTypes(
    question: ReadRange & { readonly service: string; readonly limit: number },
  ): Promise<readonly SeenException[]>;
  readVersionPairs(
    question: ReadRange & {
      readonly service: string;
      readonly role: "caller" | "callee";
      readonly maxSpans: number;
      readonly limit: number;
    },
  ): Promise<{ readonly pairs: readonly CalledPair[]; readonly sampledOneIn: number }>;
  /** A value for each combination of labels, from a PromQL instant query at `atMs`. */
  sumSeries(query: string, atMs: number, signal: AbortSignal | undefined): Promise<readonly SeriesSum[]>;
  /** Those in force. */
  slos(): readonly ServiceSlo[];
  /** Newest first. */
  listMarkers(
    question: ReadRange & { readonly service: string; readonly limit: number },
  ): Promise<readonly Marker[]>;
}

export interface SeriesSum {
  /** By name. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
