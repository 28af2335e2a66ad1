import type { Range } from "./ast.ts";

/** The text is not a query, or its types do not fit: `bad_data`. Thrown nowhere: a value of the parser. */
export interface ParseError {
  readonly message: string;
  readonly range: Range;
}

/** A query that cannot be answered: as Prometheus, `execution` (422), `timeout`, `canceled`, `unavailable` (503). */
export class QueryError extends Error {
  readonly kind: "execution" | "timeout" | "canceled" | "too_large" | "unavailable";

  /**
   * too_large: a limit on series, samples or points; Prometheus calls that `execution` too. unavailable: not the query's
   * fault; asked again later it may be answered.
   */
  constructor(kind: QueryError["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "QueryError";
    this.kind = kind;
  }
}
