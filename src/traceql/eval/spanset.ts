import type { Span } from "../../model/span.ts";
import type { QueryValue } from "./query-value.ts";

/** Some spans of one trace, and what a query computed about them. */
export interface Spanset {
  /** In the order of the trace; at least one. */
  readonly spans: readonly Span[];
  /** `count()`, `by(name)` …; undefined is nil. */
  readonly attributes: readonly { readonly key: string; readonly value: QueryValue | undefined }[];
}
