import type { Range } from "../ast.ts";

/** Ends the parsing of a query; parseQuery turns it into a value. */
export class ParseFailure extends Error {
  override readonly name = "ParseFailure";
  readonly range: Range;

  constructor(message: string, range: Range) {
    super(message);
    this.range = range;
  }
}
