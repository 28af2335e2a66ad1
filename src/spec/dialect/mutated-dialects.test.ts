import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { convertSpecs } from "../convert-specs.ts";
import { loadSpecs } from "../load-specs.ts";

const SAMPLES = ["sloth", "pyrra", "windows"].map((name) =>
  readFileSync(`test/convert/${name}.yaml`, "utf8"),
);

const fragment = fc.constantFrom(
  "\n",
  "  ",
  "- ",
  ": ",
  "{",
  "}",
  "[",
  "]",
  "'",
  '"',
  "&a ",
  "*a ",
  "<<: *a",
  "---\n",
  "null",
  ".nan",
  "-1",
  "1e999",
  "100",
  "0",
  "true",
  "{{.window}}",
  "{{",
  "__proto__: 1\n",
  "constructor",
  "\u0000",
  "\u{1F600}",
);

describe("mutated Sloth and Pyrra specs", () => {
  it("never make loading throw; every diagnostic points into the file, and what loads converts to the same", () => {
    const edit = fc.record({ at: fc.nat(1_200), remove: fc.nat(30), insert: fragment });
    fc.assert(
      fc.property(
        fc.constantFrom(...SAMPLES),
        fc.array(edit, { minLength: 1, maxLength: 4 }),
        (sample, edits) => {
          let text = sample;
          for (const { at, remove, insert } of edits)
            text = text.slice(0, at) + insert + text.slice(at + remove);
          const source = { path: "m.yaml", text };
          const { slos, diagnostics } = loadSpecs([source]);
          const lineCount = text.split("\n").length;
          for (const { line, column } of diagnostics) {
            expect(line >= 1 && line <= lineCount && column >= 1).toBe(true);
          }
          for (const slo of slos) expect(slo.target >= 0 && slo.target < 1 && slo.windowMs > 0).toBe(true);
          const openSlo = slos.length === 0 ? [] : convertSpecs([source]).files;
          const again = loadSpecs(openSlo);
          expect(again.slos.map((slo) => ({ ...slo, location: undefined }))).toEqual(
            slos.map((slo) => ({ ...slo, location: undefined })),
          );
        },
      ),
      { numRuns: 600 },
    );
  });

  it("never make loading throw when fields hold values of any type", () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    const fields = fc.dictionary(
      fc.constantFrom(
        "service",
        "slos",
        "labels",
        "target",
        "window",
        "indicator",
        "alerting",
        "sloPeriod",
        "page",
        "ticket",
      ),
      value,
    );
    const head = fc.constantFrom(
      { version: "prometheus/v1" },
      { apiVersion: "sloth.slok.dev/v1", kind: "PrometheusServiceLevel" },
      { apiVersion: "sloth.slok.dev/v1", kind: "AlertWindows" },
      { apiVersion: "pyrra.dev/v1alpha1", kind: "ServiceLevelObjective" },
    );
    fc.assert(
      fc.property(head, value, fields, (start, metadata, body) => {
        const document = { ...start, metadata, spec: body, ...body };
        const { slos } = loadSpecs([{ path: "j.json", text: JSON.stringify(document) }]);
        expect(slos).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });
});
