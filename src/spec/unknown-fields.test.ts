import { describe, expect, it } from "vitest";
import { loadSpecs } from "./load-specs.ts";

const QUERY = "{metricSource: {type: traces, spec: {query: '{ kind = server }'}}}";
const GOOD = "{metricSource: {type: traces, spec: {query: '{ status != error }'}}}";
const RATIO = `{counter: true, good: ${GOOD}, total: ${QUERY}}`;
const SLI = `{metadata: {name: i}, spec: {ratioMetric: ${RATIO}}}`;
const CONDITION = "{kind: burnrate, op: gt, threshold: 2, lookbackWindow: 1h}";
const POLICY =
  "{metadata: {name: p}, spec: {alertWhenBreaching: true, conditions: [{metadata: {name: c}, spec: " +
  `{severity: page, condition: ${CONDITION}}}], notificationTargets: [{metadata: {name: t}, spec: {target: slack}}]}}`;

const openslo = (kind: string, spec: string, metadata = "name: a"): string =>
  `apiVersion: openslo/v1\nkind: ${kind}\nmetadata: {${metadata}}\nspec: ${spec}\n`;
const slo = (changes: string, metadata?: string): string =>
  openslo(
    "SLO",
    `{service: s, budgetingMethod: Occurrences, indicator: ${SLI}, timeWindow: [{duration: 30d, isRolling: true}], ` +
      `objectives: [{target: 0.99}]${changes}}`,
    metadata,
  );
const sloth = (slos: string, more = ""): string =>
  `version: prometheus/v1\nservice: shop\n${more}slos:\n  - ${slos}\n`;
const SLOTH =
  "name: a, objective: 99.9, sli: {events: {error_query: 'sum(rate(e[{{.window}}]))', total_query: 'sum(rate(t[{{.window}}]))'}}, alerting: {name: A";
const crd = (slos: string): string =>
  `apiVersion: sloth.slok.dev/v1\nkind: PrometheusServiceLevel\nmetadata: {name: a}\nspec: {service: shop, slos: [{${slos}}]}\n`;
const SLOTH_CRD = SLOTH.replace("error_query", "errorQuery").replace("total_query", "totalQuery");
const pyrra = (spec: string): string =>
  `apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata: {name: a}\nspec: {target: '99', window: 4w, ${spec}}\n`;
const PYRRA = "indicator: {ratio: {errors: {metric: 'e{code=\"5\"}'}, total: {metric: e}";

/** Where a field may be written, with one letter wrong, and what was meant. */
const TYPOS: readonly (readonly [where: string, text: string, typo: string, meant: string])[] = [
  ["a document", `${slo("")}metadate: {}\n`, "metadate", "metadata"],
  ["metadata", slo("", "name: a, displayname: A"), "displayname", "displayName"],
  [
    "an annotation",
    slo("", "name: a, annotations: {noroshi.dev/runbok: x}"),
    "runbok",
    "noroshi.dev/runbook",
  ],
  [
    "another annotation",
    slo("", "name: a, annotations: {noroshi.dev/min-event: '5'}"),
    "min-event",
    "noroshi.dev/min-events",
  ],
  ["SLO", slo(", servce: x"), "servce", "service"],
  ["an objective", slo("").replace("target: 0.99", "target: 0.99, targt: 1"), "targt", "target"],
  ["a time window", slo("").replace("isRolling: true", "isRoling: true"), "isRoling", "isRolling"],
  [
    "a calendar",
    slo("").replace(
      "isRolling: true",
      "isRolling: false, calendar: {startTime: '2026-01-01 00:00:00', timeZon: UTC}",
    ),
    "timeZon",
    "timeZone",
  ],
  [
    "an inline SLI",
    slo("").replace("spec: {ratioMetric", "spec: {ratioMetrc: 1, ratioMetric"),
    "ratioMetrc",
    "ratioMetric",
  ],
  ["a ratio", slo("").replace("counter: true", "couter: true"), "couter", "counter"],
  [
    "a metric",
    slo("").replace("{metricSource:", "{metricSorce: 1, metricSource:"),
    "metricSorce",
    "metricSource",
  ],
  ["a metric source", slo("").replace("{type: traces", "{typ: x, type: traces"), "typ", "type"],
  ["its spec", slo("").replace("{query:", "{qurey: 1, query:"), "qurey", "query"],
  ["SLI", openslo("SLI", `{ratioMetric: ${RATIO}, descripton: x}`), "descripton", "description"],
  ["Service", openslo("Service", "{descripton: x}"), "descripton", "description"],
  [
    "DataSource",
    openslo("DataSource", "{type: traces, connectionDetail: {}}"),
    "connectionDetail",
    "connectionDetails",
  ],
  [
    "AlertPolicy",
    slo(`, alertPolicies: [${POLICY}]`).replace("alertWhenBreaching", "alertWhenBreeching"),
    "alertWhenBreeching",
    "alertWhenBreaching",
  ],
  [
    "AlertCondition",
    openslo("AlertCondition", `{severty: x, severity: page, condition: ${CONDITION}}`),
    "severty",
    "severity",
  ],
  [
    "its condition",
    openslo("AlertCondition", `{severity: page, condition: ${CONDITION.replace("{", "{treshold: 1, ")}}`),
    "treshold",
    "threshold",
  ],
  [
    "AlertNotificationTarget",
    openslo("AlertNotificationTarget", "{target: slack, targt: x}"),
    "targt",
    "target",
  ],
  ["Sloth", sloth(`{${SLOTH}}}`, "lables: {}\n"), "lables", "labels"],
  ["an SLO of Sloth", sloth(`{${SLOTH}}, objectve: 1}`), "objectve", "objective"],
  [
    "an SLI of Sloth",
    sloth(`{${SLOTH}}}`.replace("events: {", "events: {eror_query: x, ")),
    "eror_query",
    "error_query",
  ],
  ["alerting of Sloth", sloth(`{${SLOTH}, page_alrt: {}}}`), "page_alrt", "page_alert"],
  ["an SLO of Sloth's CRD", crd(`${SLOTH_CRD}}, objectve: 1`), "objectve", "objective"],
  ["alerting of Sloth's CRD", crd(`${SLOTH_CRD}, pageAlrt: {}}`), "pageAlrt", "pageAlert"],
  ["Pyrra", pyrra(`${PYRRA}}}, windw: 4w`), "windw", "window"],
  ["an indicator of Pyrra", pyrra(`${PYRRA}, groupng: []}}`), "groupng", "grouping"],
  ["alerting of Pyrra", pyrra(`${PYRRA}}}, alerting: {burnrate: false}`), "burnrate", "burnrates"],
  [
    "Correction",
    "apiVersion: noroshi.dev/v1\nkind: Correction\nmetadata: {name: a}\n" +
      "spec: {reason: r, author: o, slo: [a], start: 2026-10-24 22:00, end: 2026-10-24 23:00}\n",
    "slo",
    "slos",
  ],
  ["an SLO of v2alpha", slo(", servce: x").replace("openslo/v1", "openslo.com/v2alpha"), "servce", "service"],
  [
    "a composite's objective",
    slo("").replace("target: 0.99", `target: 0.99, compositeWeigt: 2`),
    "compositeWeigt",
    "compositeWeight",
  ],
  ...["group-by", "no-data", "owner", "alert-tiers", "low-traffic-confidence", "preset"].map(
    (annotation): [string, string, string, string] => {
      const typo = `noroshi.dev/${annotation.slice(0, 3)}${annotation.slice(4)}`;
      const text = slo("", `name: a, annotations: {${typo}: x}`);
      return [`the annotation ${annotation}`, text, typo, `noroshi.dev/${annotation}`];
    },
  ),
];

describe("a field that is not one", () => {
  it.each(TYPOS)("is named in %s, with what was probably meant", (_where, text, typo, meant) => {
    const { diagnostics } = loadSpecs([{ path: "a.yaml", text }]);
    const told = diagnostics.map(({ line, column, message, hint }) => ({
      at: text.split("\n")[line - 1]!.slice(column - 1),
      said: `${message} -> ${hint}`,
    }));
    const found = told.filter(({ said }) => said.includes(typo) && said.includes(`did you mean "${meant}"`));
    expect(found, JSON.stringify(told, undefined, 1)).not.toEqual([]);
    // At the very place.
    expect(found.some(({ at }) => at.includes(typo))).toBe(true);
  });
});
