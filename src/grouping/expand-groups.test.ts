import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryBatch, NASTY_KEYS } from "../../test/contract/arbitrary-spans.ts";
import { createSpanCounter } from "../sli/count-spans.ts";
import { parseIndicator } from "../sli/parse-indicator.ts";
import type { TracesIndicator } from "../slo/indicator.ts";
import type { Slo } from "../slo/slo.ts";
import { loadSpecs } from "../spec/load-specs.ts";
import { groupValueOf, parseGroupField, spanGroupValue } from "../traceql/group-field.ts";
import { createKeyLookup } from "../traceql/attribute-test.ts";
import { expandGroups } from "./expand-groups.ts";

function load(annotations: string, sources: string, more = ""): Slo {
  const text = `apiVersion: openslo/v1
kind: SLO
metadata:
  name: payment
  displayName: Payment answers
  annotations: {${annotations}}
spec:
  service: payment
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  indicator: {metadata: {name: i}, spec: {${sources}}}
  objectives: [{target: 0.99${more}}]
`;
  const { slos, diagnostics } = loadSpecs([{ path: "a.yaml", text }]);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return slos[0]!;
}

const ratio = (type: string, good: string, total: string) =>
  `ratioMetric: {counter: true, good: {metricSource: {type: ${type}, spec: {query: '${good}'}}}, total: {metricSource: {type: ${type}, spec: {query: '${total}'}}}}`;
const SPANS = ratio("traces", "{ status = ok }", '{ resource.service.name = "payment" && kind = server }');
const known = (...values: string[][]) => ({ tracked: values, isPartial: false });

describe("expandGroups", () => {
  it("gives each value of spans an SLO of its own, named after it", () => {
    const slo = load('noroshi.dev/group-by: "span.http.route, .version"', SPANS);
    const [whole, ...groups] = expandGroups(slo, known(["s/refunds", "n"], ["spay", "i2"]), new Set());
    expect(whole).toEqual(slo);
    expect(
      groups.map(({ name, displayName, group, groupBy, alerts }) => [
        name,
        displayName,
        group,
        groupBy,
        alerts,
      ]),
    ).toEqual([
      [
        expect.stringMatching(/^payment-refunds-none-[0-9a-f]{6}$/),
        "Payment answers · /refunds, (none)",
        { parent: "payment", labels: { "span.http.route": "/refunds", ".version": "(none)" } },
        undefined,
        [],
      ],
      [
        "payment-pay-2",
        "Payment answers · pay, 2",
        { parent: "payment", labels: { "span.http.route": "pay", ".version": "2" } },
        undefined,
        [],
      ],
    ]);
    expect(groups.map(({ indicator }) => (indicator as TracesIndicator).total)).toEqual([
      '{ resource.service.name = "payment" && kind = server && span.http.route = "/refunds" && .version = nil }',
      '{ resource.service.name = "payment" && kind = server && span.http.route = "pay" && .version = 2 }',
    ]);
    expect(new Set([slo, ...groups].map(({ indicator }) => indicator.id)).size).toBe(3);
  });

  it("narrows every selector of metrics", () => {
    const counters = load(
      'noroshi.dev/group-by: "route"',
      ratio(
        "prometheus",
        'sum(rate(x_total{code!~"5.."}[5m]))',
        "sum(rate(x_total[5m])) + sum(rate(y_total[5m]))",
      ),
    );
    const [, named, missing] = expandGroups(counters, known(['s/a"b'], ["n"]), new Set());
    expect(named!.indicator).toMatchObject({
      definition: {
        kind: "increments",
        total: {
          query: String.raw`sum(rate(x_total{route="/a\"b"}[5m])) + sum(rate(y_total{route="/a\"b"}[5m]))`,
          terms: [
            { metric: "x_total", matchers: [{ label: "route", operator: "=", value: '/a"b' }] },
            { metric: "y_total", matchers: [{ label: "route", operator: "=", value: '/a"b' }] },
          ],
        },
        select: { terms: [{ matchers: [{ label: "code" }, { label: "route", value: '/a"b' }] }] },
      },
    });
    expect(missing!.indicator).toMatchObject({
      definition: { select: { query: 'sum(rate(x_total{code!~"5..", route=""}[5m]))' } },
    });
    const threshold = load(
      "noroshi.dev/group-by: queue",
      "thresholdMetric: {metricSource: {type: prometheus, spec: {query: 'max by (queue) (length_of_queue offset 5m)'}}}",
      ", op: lt, value: 5",
    );
    expect(expandGroups(threshold, known(["smail"]), new Set())[1]!.indicator).toMatchObject({
      definition: {
        kind: "threshold",
        query: 'max by (queue) (length_of_queue{queue="mail"} offset 5m)',
        value: 5,
      },
    });
  });

  it("lets the groups alert in place of the whole, but for missing data, or where groups are not counted", () => {
    const annotations =
      'noroshi.dev/group-by: "name", noroshi.dev/group-alerts: each, noroshi.dev/no-data: alert';
    const slo = load(annotations, SPANS);
    const kinds = (one: Slo) => one.alerts.flatMap(({ tiers }) => tiers.map(({ kind }) => kind ?? "burn"));
    const [whole, group] = expandGroups(slo, known(["sa"], ["sb"]), new Set());
    expect(new Set(kinds(whole!))).toEqual(kinds(slo).includes("no-data") ? new Set(["no-data"]) : new Set());
    expect(kinds(group!)).toEqual(["burn", "burn", "burn", "burn"]);
    const [covered] = expandGroups(slo, { tracked: [["sa"]], isPartial: true }, new Set());
    expect(covered!.alerts).toEqual(slo.alerts);
  });

  it("keeps to the limit, and then the whole alerts too", () => {
    const slo = load(
      'noroshi.dev/group-by: "name", noroshi.dev/group-limit: "2", noroshi.dev/group-alerts: each',
      SPANS,
    );
    const slos = expandGroups(slo, known(["sa"], ["sb"], ["sc"]), new Set());
    expect(slos.map(({ name }) => name)).toEqual(["payment", "payment-a", "payment-b"]);
    expect(slos[0]!.alerts).toEqual(slo.alerts);
  });

  it("counts every event of the whole in one group, for each value that makes one", () => {
    const fields = ["span.a", ".http.route", "resource.service.name", "name", "kind", "status"];
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.constantFrom(...fields), { minLength: 1, maxLength: 3 }),
        fc.constantFrom("{ }", "{ kind = server }", '{ .b = 5 || name != "a" }'),
        fc.array(
          arbitraryBatch(fc.integer({ min: 1_750_000_000_000, max: 1_750_000_040_000 }), { maxLength: 30 }),
          { maxLength: 3 },
        ),
        (keys, total, batches) => {
          const slo = load(
            `noroshi.dev/group-by: "${keys.join(", ")}"`,
            ratio("traces", "{ status != error }", total),
          );
          // Every value that a span has, as the search in the store gives it.
          const found = new Map<string, string[]>();
          let ungrouped = 0;
          const isEvent = createSpanCounter([parseIndicator({ ...(slo.indicator as TracesIndicator) })!]);
          const whole = isEvent(batches).deltas.reduce((sum, delta) => sum + delta.total, 0);
          for (const batch of batches) {
            for (let row = 0; row < batch.count; row += 1) {
              const values = keys.map((key) => {
                const field = parseGroupField(key)!;
                const name = field.type === "attribute" ? field.key : "";
                const of = spanGroupValue(
                  field,
                  batch.resources[batch.resource[row]!]!,
                  createKeyLookup(name),
                );
                const value = typeof of === "function" ? of(batch, row) : of;
                const letter =
                  field.type === "intrinsic"
                    ? { name: "s", kind: "k", status: "t" }[field.name]
                    : { string: "s", number: "i", boolean: "b" }[typeof value as string];
                if (value === undefined) return "x";
                return value === null
                  ? "n"
                  : `${letter}${typeof value === "boolean" ? Number(value) : value}`;
              });
              if (values.includes("x")) ungrouped += 1;
              else found.set(JSON.stringify(values), values);
            }
          }
          const slos = expandGroups(slo, known(...found.values()), new Set());
          const counted = createSpanCounter(
            slos.slice(1).map(({ indicator }) => parseIndicator(indicator as TracesIndicator)!),
          )(batches);
          const sum = counted.deltas.reduce((all, delta) => all + delta.total, 0);
          expect(sum).toBeLessThanOrEqual(whole);
          expect(sum).toBeGreaterThanOrEqual(whole - ungrouped);
          expect(new Set(slos.map(({ name }) => name)).size).toBe(slos.length);
          if (ungrouped === 0) expect(sum).toBe(whole);
        },
      ),
      { numRuns: 150 },
    );
    expect(NASTY_KEYS).toContain("http.route");
    expect(groupValueOf("n")).toBeNull();
  });
});
