import { describe, expect, it } from "vitest";
import { defineTracesIndicator } from "./define-indicator.ts";

const BASE = { total: '{ name = "a" }', outcome: "good", query: "{ status = ok }" } as const;

describe("defineTracesIndicator", () => {
  it("gives the same definition the same id, in every process", () => {
    expect(defineTracesIndicator(BASE)).toEqual(defineTracesIndicator({ ...BASE }));
    expect(defineTracesIndicator(BASE).id).toBe("7a3da961607580f4");
  });

  it("gives a different id when the total, the outcome or the query differs", () => {
    const ids = [
      BASE,
      { ...BASE, total: '{ name = "b" }' },
      { ...BASE, outcome: "bad" as const },
      { ...BASE, query: "{ status = error }" },
    ].map((definition) => defineTracesIndicator(definition).id);
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}$/);
  });
});
