/** Which query of an SLI is looked at. `bad` may well match nothing: where all goes well, nothing is bad. */
export type QueryRole = "total" | "good" | "bad" | "query";

/** Something about a query that its author should know, as the stored data tells it. */
export interface Finding {
  readonly role: QueryRole;
  /** What matches nothing, or what does not add up. */
  readonly message: string;
  /** What to write instead. */
  readonly hint: string;
}

/** Answers of a store are cut to so many; enough to find what was meant. */
export const MOST_CANDIDATES = 5_000;
/** Values that a hint lists. */
const MOST_SHOWN = 6;

/** `it has "200", "404" and 3 more`. */
export function listValues(values: readonly string[]): string {
  const shown = values.slice(0, MOST_SHOWN);
  const rest = values.length - shown.length;
  return rest > 0 ? `${shown.join(", ")} and ${rest >= 100 ? "many" : rest} more` : shown.join(", ");
}

/**
 * Whether a value can be a misspelt one. Numbers are all near each other; of what is bad, one that was never seen may only
 * be one that never happened.
 */
export function isWord(value: string, role: QueryRole): boolean {
  return role === "bad" ? !/\d/.test(value) : /[a-z]{3}/i.test(value);
}
