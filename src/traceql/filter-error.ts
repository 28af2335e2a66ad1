/** Why a text is not a span filter, in words for the person who wrote it. */
export interface FilterError {
  readonly message: string;
  /** Offset of the first wrong character in UTF-16 units, from 0. */
  readonly position: number;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** What to write instead. */
  readonly hint: string | undefined;
}

/** Carries an error out of the depth of the parser; never leaves parseSpanFilter. */
export class FilterSyntaxError extends Error {
  readonly position: number;
  readonly hint: string | undefined;

  constructor(message: string, position: number, hint?: string) {
    super(message);
    this.name = "FilterSyntaxError";
    this.position = position;
    this.hint = hint;
  }
}

/** Adds line and column to an error found in `text`. */
export function locateError(text: string, error: FilterSyntaxError): FilterError {
  const before = text.slice(0, error.position);
  const lineStart = before.lastIndexOf("\n") + 1;
  return {
    message: error.message,
    position: error.position,
    line: before.split("\n").length,
    column: error.position - lineStart + 1,
    hint: error.hint,
  };
}
