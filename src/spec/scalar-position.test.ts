import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Document, isScalar, parseDocument, type Scalar } from "yaml";
import { sourceOffset } from "./scalar-position.ts";

function scalarOf(source: string): Scalar {
  const node = parseDocument(source).get("q", true);
  if (!isScalar(node)) throw new Error("not a scalar");
  return node;
}

/** The character of the source that stands for the first `|` of the value. */
function found(source: string): string {
  const scalar = scalarOf(source);
  const offset = sourceOffset(source, scalar, String(scalar.value).indexOf("@"));
  return `${source[offset]} at ${offset}`;
}

describe("sourceOffset", () => {
  it.each([
    ["plain", "q: ab @c\n"],
    ["plain over lines", "q: ab\n  cd\n\n  ef @g\n"],
    ["single quotes with an escaped one", "q: 'it''s @ here'\n"],
    ["single quotes over lines", "q: 'a   \n   b ''x'' @'\n"],
    ["double quotes with escapes", 'q: "a \\"b\\" \\x41\\u00e9\\U0001F600 \\n @"\n'],
    ["double quotes with a continued line", 'q: "a \\\n   b  @"\n'],
    ["a literal block", "q: |\n    { a\n      @ }\n"],
    ["a literal block with a header and a comment", "q: |2-  # why @\n    a\n\n     @\n"],
    ["a folded block", "q: >-\n  a\n  b\n\n  c @\n"],
    ["Windows line ends", "q: |\r\n  a\r\n  @\r\n"],
  ])("finds a character in %s", (_style, source) => {
    expect(found(source)).toBe(`@ at ${source.lastIndexOf("@")}`);
  });

  it("points behind the last character for what is missing at the end", () => {
    const source = "q: '{ a '\n";
    const scalar = scalarOf(source);
    expect(sourceOffset(source, scalar, String(scalar.value).length)).toBe(source.indexOf("a") + 1);
  });

  it("finds every visible character, however the text is written", () => {
    const text = fc.stringMatching(/^[a-c"'\\{}&=. \n]{0,30}$/);
    const style = fc.constantFrom(
      "PLAIN" as const,
      "QUOTE_SINGLE" as const,
      "QUOTE_DOUBLE" as const,
      "BLOCK_LITERAL" as const,
      "BLOCK_FOLDED" as const,
    );
    fc.assert(
      fc.property(text, text, style, fc.integer({ min: 20, max: 80 }), (before, after, type, lineWidth) => {
        const document = new Document({ q: `${before}@${after}` });
        const node = document.get("q", true);
        if (isScalar(node)) node.type = type;
        const source = document.toString({ lineWidth });
        const scalar = scalarOf(source);
        expect(source[sourceOffset(source, scalar, String(scalar.value).indexOf("@"))]).toBe("@");
      }),
    );
  });
});
