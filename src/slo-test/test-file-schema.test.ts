import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { printSchema } from "../cli/schema.ts";
import { loadSpecs } from "../spec/load-specs.ts";
import { createDiagnosticSink } from "../spec/diagnostic.ts";
import { parseTestFile, readCase } from "./read-test-file.ts";
import { testFileSchema } from "./test-file-schema.ts";

const EXAMPLES = readdirSync("slo-specs").filter((name) => name.endsWith(".test.yaml"));

/** What the schema says of a file: the paths at which something is wrong. */
function faultsOf(text: string): readonly string[] {
  return parseAllDocuments(text).flatMap((document) => {
    const result = testFileSchema.safeParse(document.toJS());
    return result.success
      ? []
      : result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  });
}

const SPEC = readFileSync("slo-specs/payment.yaml", "utf8");
const { slos } = loadSpecs([{ path: "payment.yaml", text: SPEC }]);

/** What `noroshi test` says of a case. */
function isRead(text: string): boolean {
  const sink = createDiagnosticSink();
  const documents = parseTestFile("a.test.yaml", text, sink);
  for (const { cases } of documents) for (const one of cases) readCase(one, slos);
  return sink.errorCount() === 0;
}

const file = (step: string, more = ""): string =>
  `cases:\n  - name: a\n    slo: ${slos[0]!.name}\n    traffic: [${step}]\n    expect: nothing fires\n${more}`;

describe("the schema of test files", () => {
  it("is what is published in docs/slo-tests.schema.json", () => {
    // Written anew by: noroshi schema --tests > docs/slo-tests.schema.json && oxfmt docs/slo-tests.schema.json
    expect(JSON.parse(readFileSync("docs/slo-tests.schema.json", "utf8"))).toEqual(
      JSON.parse(printSchema("tests")),
    );
  });

  it("passes every example, each of which names it for editors; and every spec file has an example", () => {
    for (const name of EXAMPLES) {
      const text = readFileSync(`slo-specs/${name}`, "utf8");
      expect(faultsOf(text), name).toEqual([]);
      expect(text.split("\n", 1)[0], name).toBe(
        "# yaml-language-server: $schema=../docs/slo-tests.schema.json",
      );
    }
    const specs = readdirSync("slo-specs").filter(
      (name) => /^[^.]+\.yaml$/.test(name) && /^kind: SLO$/m.test(readFileSync(`slo-specs/${name}`, "utf8")),
    );
    expect(EXAMPLES).toEqual(
      expect.arrayContaining(specs.map((name) => name.replace(".yaml", ".test.yaml"))),
    );
  });

  it("passes what the documentation shows", () => {
    const shown = [...readFileSync("docs/testing-slos.md", "utf8").matchAll(/```yaml\n([\s\S]*?)```/g)];
    expect(shown.length).toBeGreaterThan(0);
    for (const [, text = ""] of shown) expect(faultsOf(text)).toEqual([]);
  });

  it.each([
    "{for: 1h, rate: 20, errors: 1%}",
    "{for: 1h30m, rate: 30/m, errors: 0.01}",
    "{for: 1d, rate: 100 -> 300, errors: 0% -> 50%}",
    "{before: 1d, rate: 1}, {for: 10m, gap: true, mark: outage}",
    "{for: 10m, good: 99, total: 100}",
    "{for: 10m, good: 4/h, bad: 2/h}",
    "{repeat: 3, steps: [{for: 10m, rate: 1}, {repeat: 2, steps: [{for: 10s, errors: 1%}]}]}",
  ])("passes what noroshi test reads: %s", (step) => {
    expect(isRead(file(step))).toBe(true);
    expect(faultsOf(file(step))).toEqual([]);
  });

  it.each([
    ["an unknown field of a step", file("{for: 1h, rate: 1, erors: 1%}")],
    ["a length without a unit", file("{for: 10, rate: 1}")],
    ["a unit that is none", file("{for: 10y, rate: 1}")],
    ["a rate that is none", file("{for: 1h, rate: many}")],
    ["a share above everything", file("{for: 1h, rate: 1, errors: 5}")],
    ["for and before together", file("{for: 1h, before: 1h, rate: 1}")],
    ["a repetition of nothing", file("{repeat: 3}")],
    ["a mark in capitals", file("{for: 1h, rate: 1, mark: Outage}")],
    ["a start that is no time", file("{for: 1h, rate: 1}", "    start: yesterday\n")],
    ["an unknown field of a case", file("{for: 1h, rate: 1}", "    expects: nothing fires\n")],
    ["a case without a name", file("{for: 1h, rate: 1}").replace("name: a\n    ", "")],
    ["no case", "cases: []\n"],
  ])("marks what noroshi test refuses: %s", (_what, text) => {
    expect(isRead(text)).toBe(false);
    expect(faultsOf(text)).not.toEqual([]);
  });

  it("is draft 7, with its parts named", () => {
    const schema = parse(printSchema("tests")) as Record<string, unknown>;
    expect(schema["$schema"]).toContain("draft-07");
    expect(Object.keys(schema["definitions"] as object).sort()).toEqual([
      "Case",
      "EarlierStep",
      "RepeatedSteps",
      "Step",
    ]);
  });
});
