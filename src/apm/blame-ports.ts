import type { ReadTraces } from "./trace-search-ports.ts";

/** One span that is an event of an SLO. */
export interface EventSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly service: string;
  readonly name: string;
  /** When it ended, epoch milliseconds. */
  readonly endMs: number;
}

export interface EventSpansRequest {
  /** SQL of TraceQL filters. */
  readonly condition: string;
  readonly services: readonly string[] | undefined;
  readonly operations: readonly { readonly service: string; readonly name: string }[] | undefined;
  readonly fromMs: number;
  readonly toMs: number;
  /** Of one operation. */
  readonly limitEach: number;
  readonly limit: number;
  readonly signal?: AbortSignal;
}

/** Each rejects with the store's error. */
export interface BlameStore {
  readonly countEvents: (request: EventSpansRequest) => Promise<number>;
  /** Chosen by trace id, so that the same question gives the same answer. */
  readonly findEvents: (request: EventSpansRequest) => Promise<readonly EventSpan[]>;
  readonly readTraces: ReadTraces;
}
