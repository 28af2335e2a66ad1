import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redact } from "./redact.ts";

describe("redact", () => {
  it("takes every secret out, wherever it stands", () => {
    const secret = fc.string({
      minLength: 8,
      maxLength: 40,
      unit: fc.constantFrom("a", "B", "1", ".", "+", "?", "^", "$", "(", ")", "[", "]", "\\", "-"),
    });
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (key, before, after) => {
        const text = redact(`${before}${key}${after}${key.toLowerCase()}`, [key, undefined, ""]);
        expect(text.toLowerCase()).not.toContain(key.toLowerCase());
      }),
    );
  });

  it("takes out Slack tokens that nobody named, and keeps one short line", () => {
    expect(redact("bad token xoxb-123-abc\n\tgiven", [])).toBe("bad token *** given");
    expect(redact("x".repeat(10_000), [])).toHaveLength(500);
  });
});
