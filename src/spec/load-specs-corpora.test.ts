import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadSpecs } from "./load-specs.ts";

/** Other projects' specs, beside the repository where they are present; never part of it. */
const CORPORA = "../shared/corpora/slo";
const present = existsSync(CORPORA);
if (!present) console.log(`skipped: no corpora in ${CORPORA}`);

function specFiles(folder: string): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return specFiles(path);
    return /\.(ya?ml|json)$/.test(name) ? [path] : [];
  });
}

/** What these files may be told, apart from "not supported yet": they are fragments, and some are wrong on purpose. */
const JUSTIFIED = [
  /^there is no \w+ named /,
  /has errors of its own$/,
  /is defined again in /,
  /is already defined in /,
  /is not a name: /,
  /^unknown field "markdown"$/,
  /^timeSliceTarget is missing$/,
  // Of tests of a decoder that validates nothing.
  /v2alpha_slos\.yaml:\d+: (budgetingMethod|objectives) is missing$/,
  // MetricsQL, which a plugin makes Sloth take.
  /^PromQL: unknown function with name "histogram_share"$/,
  /^PromQL: ranges only allowed for vector selectors$/,
  // Wrong on purpose.
  /^101 is not a target: above 0 and below 100$/,
  /^the text is empty$/,
  /^events is missing$/,
];

describe.skipIf(!present)("other projects' specs", () => {
  it("load, or are refused for what is not supported yet or truly wrong", () => {
    const files = specFiles(CORPORA);
    expect(files.length).toBeGreaterThan(50);
    for (const path of files) {
      const { diagnostics } = loadSpecs([{ path, text: readFileSync(path, "utf8") }]);
      const unjustified = diagnostics
        .filter(({ severity }) => severity === "error")
        .map((d) => `${d.file}:${d.line}: ${d.message}`)
        .filter((line) => !line.endsWith(" is not supported yet"))
        .filter((line) =>
          [line, line.slice(line.indexOf(": ") + 2)].every(
            (text) => !JUSTIFIED.some((known) => known.test(text)),
          ),
        );
      expect(unjustified).toEqual([]);
    }
  });

  it("load together as one folder without a crash", () => {
    const texts = specFiles(CORPORA).map((path) => ({ path, text: readFileSync(path, "utf8") }));
    const { files, diagnostics } = loadSpecs(texts);
    expect(files).toHaveLength(texts.length);
    for (const { line, column, hint, message } of diagnostics) {
      expect(line >= 1 && column >= 1 && hint !== "" && message !== "").toBe(true);
    }
  });
});

describe.skipIf(!present)("OpenSLO's examples", () => {
  const loadAll = (folder: string, change: (text: string) => string) =>
    loadSpecs(
      specFiles(join(CORPORA, folder)).map((path) => ({ path, text: change(readFileSync(path, "utf8")) })),
    );

  it("of every budgeting method load once they name real sources", () => {
    let queries = 0;
    const { slos } = loadAll("openslo/examples/budgeting-method", (text) =>
      text
        .replaceAll(/type: Any\b/g, "type: prometheus")
        .replaceAll(/query: Any\b/g, () => `query: sum(rate(requests_total{part="${(queries += 1)}"}[5m]))`),
    );
    expect(slos.map(({ name, method, window, target }) => [name, method.kind, window.kind, target])).toEqual([
      ["search-slo", "occurrences", "rolling", 0.99],
      ["main-page", "ratio-timeslices", "rolling", 0.99],
      ["service-availability", "timeslices", "calendar", 0.995],
      ["service-availability-sla", "timeslices", "calendar", 0.99],
    ]);
  });

  it("of SLOs with slices of time and a calendar load as they are", () => {
    const { slos } = loadAll("openslo/go-sdk/pkg/openslo/v1/examples", (text) => text);
    expect(slos.map(({ name, method, window }) => [name, method.kind, window])).toEqual([
      [
        "web-availability",
        "timeslices",
        {
          kind: "calendar",
          unit: "day",
          count: 7,
          startsAt: Date.UTC(2022, 0, 1, 12),
          timeZone: "America/New_York",
        },
      ],
    ]);
  });
});

const SAMPLE = `apiVersion: openslo/v1
kind: SLO
metadata:
  name: payment-availability
  annotations: {noroshi.dev/owner: payments, noroshi.dev/runbook: https://runbooks.example/payment}
spec:
  service: payment
  description: 99.99 % of requests return something other than a 5xx
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  indicator:
    metadata: {name: payment-non-5xx}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: traces, spec: {query: '{ resource.service.name = "payment" && kind = server && span.http.response.status_code < 500 }'}}}
        total: {metricSource: {type: traces, spec: {query: '{ resource.service.name = "payment" && kind = server }'}}}
  objectives: [{displayName: Available, target: 0.9999}]
  alertPolicies:
    - kind: AlertPolicy
      metadata: {name: fast}
      spec:
        conditions:
          - kind: AlertCondition
            metadata: {name: burns}
            spec:
              severity: page
              condition: {kind: burnrate, op: gt, threshold: 14.4, lookbackWindow: 1h}
        notificationTargets: [{kind: AlertNotificationTarget, metadata: {name: pd}, spec: {target: pagerduty}}]
`;

describe("the documented sample", () => {
  it("loads without a warning", () => {
    const { slos, diagnostics } = loadSpecs([{ path: "sample.yaml", text: SAMPLE }]);
    expect(diagnostics).toEqual([]);
    expect(slos).toHaveLength(1);
  });
});

describe("docs/slo-specs.md", () => {
  it("shows specs that load together without a warning", () => {
    const blocks = readFileSync("docs/slo-specs.md", "utf8").matchAll(/```yaml\n([\s\S]*?)```/g);
    const texts = Array.from(blocks, ([, text = ""], index) => ({ path: `block-${index}.yaml`, text }));
    const { slos, diagnostics } = loadSpecs(texts);
    expect(diagnostics).toEqual([]);
    expect(slos.map(({ name }) => name)).toEqual([
      "payment-availability",
      "shop-availability",
      "mail-delivered",
      "checkout-weekly",
      "shop-journey",
    ]);
  });
});

const fragment = fc.constantFrom(
  "\t",
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
  "|",
  ">",
  "&a ",
  "*a",
  "*a ",
  "<<: *a",
  "!!x ",
  "? ",
  "---\n",
  "#",
  "null",
  "~",
  ".nan",
  "-1",
  "1e999",
  "0x1F",
  "true",
  "openslo/v1",
  "__proto__: 1\n",
  "constructor",
  "\u0000",
  "\u{1F600}",
  "\r\n",
);

describe("mutated specs", () => {
  it("never make loading throw, and every diagnostic points into the file", () => {
    const edit = fc.record({ at: fc.nat(SAMPLE.length), remove: fc.nat(40), insert: fragment });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 5 }), (edits) => {
        let text = SAMPLE;
        for (const { at, remove, insert } of edits)
          text = text.slice(0, at) + insert + text.slice(at + remove);
        const { slos, diagnostics } = loadSpecs([{ path: "m.yaml", text }]);
        const lineCount = text.split("\n").length;
        for (const { line, column } of diagnostics) {
          expect(line >= 1 && line <= lineCount && column >= 1).toBe(true);
        }
        for (const slo of slos) expect(slo.target >= 0 && slo.target < 1 && slo.windowMs > 0).toBe(true);
      }),
      { numRuns: 1_500 },
    );
  });

  it("never make loading throw when fields hold values of any type", () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    const spec = fc.dictionary(
      fc.constantFrom(
        "service",
        "indicator",
        "timeWindow",
        "objectives",
        "alertPolicies",
        "budgetingMethod",
        "ratioMetric",
        "x",
      ),
      value,
    );
    const kind = fc.constantFrom(
      "SLO",
      "SLI",
      "DataSource",
      "AlertPolicy",
      "AlertCondition",
      "AlertNotificationTarget",
      "Service",
    );
    fc.assert(
      fc.property(kind, value, spec, (name, metadata, body) => {
        const document = { apiVersion: "openslo/v1", kind: name, metadata, spec: body };
        expect(loadSpecs([{ path: "j.json", text: JSON.stringify(document) }]).slos).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it("stay bounded when they are built to be expensive", () => {
    const head = "apiVersion: openslo/v1\nkind: SLO\nmetadata:\n  name: a\n  labels:\n    x: &a [y]\n";
    const many = Array.from({ length: 20_000 }, (_, index) => `    l${index}: *a\n`).join("");
    expect(loadSpecs([{ path: "a.yaml", text: head + many }]).slos).toEqual([]);
    expect(loadSpecs([{ path: "b.yaml", text: "[".repeat(100_000) }]).slos).toEqual([]);
    expect(
      loadSpecs([{ path: "c.yaml", text: "apiVersion: openslo/v1\nkind: SLO\nmetadata: &m {<<: *m}\n" }])
        .slos,
    ).toEqual([]);
  });
});
