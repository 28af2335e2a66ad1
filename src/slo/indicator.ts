/**
 * What counts as an event and as a good one. Identified by the hash of its definition, never by a name: changing a
 * target keeps its history, changing a query starts a new one.
 */
export interface Indicator {
  /** 16 hex digits: the first 64 bits of SHA-256 over the canonical definition. */
  readonly id: string;
  readonly source: "traces";
  /** TraceQL span filter: every event. */
  readonly total: string;
  /** TraceQL span filter: the good, or the bad, ones among `total`. */
  readonly select: { readonly outcome: "good" | "bad"; readonly query: string };
}
