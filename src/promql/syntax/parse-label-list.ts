import { goQuote } from "./go-quote.ts";
import { ParseFailure } from "./parse-failure.ts";
import { isText } from "./read-string.ts";
import type { TokenCursor } from "./token-cursor.ts";

/** Reads `(a, "b.c", by)`; keywords are names here. */
export function parseLabelList(cursor: TokenCursor): readonly string[] {
  cursor.expect("(", "grouping opts");
  const labels: string[] = [];
  for (;;) {
    if (cursor.accept(")") !== undefined) return labels;
    const label = cursor.peek();
    if (label.type !== "word" && label.type !== "string") throw cursor.unexpected("grouping opts", "label");
    cursor.next();
    if (label.text === "" || !isText(label.text)) {
      throw new ParseFailure(`invalid label name ${goQuote(label.text)}`, label);
    }
    labels.push(label.text);
    if (cursor.accept(",") !== undefined) continue;
    if (cursor.accept(")") !== undefined) return labels;
    throw cursor.unexpected("grouping opts", '"," or ")"');
  }
}
