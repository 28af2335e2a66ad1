import { z } from "zod";
import { correctionDocumentOf } from "./correction-schema.ts";
import { PRESET_ANNOTATION_TEXTS } from "./preset/preset-parameters.ts";

/**
 * OpenSLO v1 and our annotations, as editors are to know them: they complete fields and mark what is not one. What a
 * schema cannot say (names that must exist, queries that must parse), `noroshi validate` does.
 */
const duration = z
  .string()
  .regex(/^[1-9]\d*[mhdwMQY]$/)
  .describe("a whole number and m (minutes), h, d, w, M (months), Q or Y, e.g. 30d");
const name = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
const description = z.string().max(1_050);
const scalar = z.union([z.string(), z.number(), z.boolean()]);

const OUR_ANNOTATIONS: Readonly<Record<string, string>> = {
  ...PRESET_ANNOTATION_TEXTS,
  "noroshi.dev/owner": "the team, shown in alerts",
  "noroshi.dev/runbook": "a web address, linked in alerts",
  "noroshi.dev/min-events": "a whole number in quotes: an alert needs this many events in its long window",
  "noroshi.dev/low-traffic-confidence":
    'how sure a tier must be while few events are bad: "0.95", or "off"; see the chapter on little traffic',
  "noroshi.dev/no-data":
    "what time without events counts as: ignore (the default), bad or good (slices of time), or alert: tells of it",
  "noroshi.dev/group-by":
    'a budget for each value: "span.http.route, resource.cloud.region"; of metrics, labels: "route"',
  "noroshi.dev/group-limit": 'how many groups get a budget, those with the most events first: "50"',
  "noroshi.dev/group-alerts": "rolled-up: the whole alerts; each: every group does",
  "noroshi.dev/alert-tiers":
    'the alerts, in place of the default four: "page-quick, page-slow", "fast critical 1h/5m x14.4 for 2m", or "none"',
};

const metadata = z
  .strictObject({
    name,
    displayName: z.string().optional(),
    labels: z.record(z.string(), z.union([z.string(), z.array(z.string())])).optional(),
    annotations: z
      .looseObject(
        Object.fromEntries(
          Object.entries(OUR_ANNOTATIONS).map(([key, text]) => [key, scalar.describe(text).optional()]),
        ),
      )
      .catchall(scalar)
      .optional(),
  })
  .meta({ id: "Metadata" });

const metricSource = z.strictObject({
  metricSourceRef: name.describe("a DataSource").optional(),
  type: z
    .string()
    .describe("traces: a TraceQL span filter; prometheus: PromQL over the metrics that are stored")
    .optional(),
  spec: z
    .looseObject({
      query: z.string().describe("TraceQL span filter or PromQL, in single quotes").optional(),
      promql: z.string().describe("another name for query, of type prometheus").optional(),
    })
    .optional(),
});
const metric = z.strictObject({ metricSource }).meta({ id: "Metric" });

const ratio = z.strictObject({
  counter: z.boolean().describe("the metrics are counters that only grow").optional(),
  good: metric.describe("the good events among total; or write bad").optional(),
  bad: metric.describe("the bad events among total; or write good").optional(),
  total: metric.describe("every event that counts").optional(),
  raw: metric.describe("a query that gives the ratio itself, 0 to 1").optional(),
  rawType: z.enum(["success", "failure"]).describe("what raw is the share of").optional(),
});
const sliSpec = z.strictObject({
  description: description.optional(),
  ratioMetric: ratio.optional(),
  thresholdMetric: metric.describe("a query whose values op and value of the objective compare").optional(),
});
const conditionSpec = z.strictObject({
  description: description.optional(),
  severity: z.string().min(1).describe("page, critical … go to PagerDuty, every other word to Slack"),
  condition: z.strictObject({
    kind: z.literal("burnrate"),
    op: z.enum(["gt", "gte", "lt", "lte"]),
    threshold: z.number().describe("times the rate that spends the budget exactly over the window"),
    lookbackWindow: duration,
    alertAfter: z
      .string()
      .regex(/^(0|[1-9]\d*)[mhdwMQY]$/)
      .optional(),
  }),
});
const targetSpec = z.strictObject({ target: z.string().min(1), description: description.optional() });

const inline = { apiVersion: z.literal("openslo/v1").optional() };
const sli = z.strictObject({ ...inline, kind: z.literal("SLI").optional(), metadata, spec: sliSpec });
const condition = z.union([
  z.strictObject({ conditionRef: name }),
  z.strictObject({ ...inline, kind: z.literal("AlertCondition").optional(), metadata, spec: conditionSpec }),
]);
const notificationTarget = z.union([
  z.strictObject({ targetRef: name }),
  z.strictObject({
    ...inline,
    kind: z.literal("AlertNotificationTarget").optional(),
    metadata,
    spec: targetSpec,
  }),
]);
const policySpec = z.strictObject({
  description: description.optional(),
  alertWhenNoData: z.boolean().optional(),
  alertWhenResolved: z.boolean().optional(),
  alertWhenBreaching: z.boolean().optional(),
  conditions: z.array(condition).length(1),
  notificationTargets: z.array(notificationTarget).min(1),
});
const policy = z.union([
  z.strictObject({ alertPolicyRef: name }),
  z.strictObject({ ...inline, kind: z.literal("AlertPolicy").optional(), metadata, spec: policySpec }),
]);

const objective = z.strictObject({
  displayName: z.string().optional(),
  op: z.enum(["lt", "lte", "gt", "gte"]).describe("of thresholdMetric: how good values compare").optional(),
  value: z.number().optional(),
  target: z.number().min(0).lt(1).describe("share of good events, e.g. 0.999").optional(),
  targetPercent: z.number().min(0).lt(100).describe("instead of target, e.g. 99.9").optional(),
  timeSliceTarget: z.number().gt(0).max(1).optional(),
  timeSliceWindow: z.union([duration, z.number().gt(0)]).optional(),
  indicator: sli.optional(),
  indicatorRef: name.optional(),
  compositeWeight: z.number().gt(0).optional(),
});
const timeWindow = z.strictObject({
  duration,
  isRolling: z.boolean().optional(),
  calendar: z
    .strictObject({
      startTime: z.string().describe("YYYY-MM-DD HH:MM:SS"),
      timeZone: z.string().describe("IANA name, e.g. Europe/Warsaw"),
    })
    .optional(),
});
const sloSpec = z.strictObject({
  description: description.optional(),
  service: z.string().min(1),
  indicator: sli.optional(),
  indicatorRef: name.describe("an SLI").optional(),
  timeWindow: z.array(timeWindow).max(1).optional(),
  budgetingMethod: z
    .enum(["Occurrences", "Timeslices", "RatioTimeslices"])
    .optional()
    .describe("required, unless a preset stands for the queries: then Occurrences"),
  objectives: z.array(objective).min(1),
  alertPolicies: z.array(policy).nullable().optional(),
});

function documentOf<Kind extends string, Spec extends z.ZodType>(kind: Kind, spec: Spec) {
  return z
    .strictObject({ apiVersion: z.literal("openslo/v1"), kind: z.literal(kind), metadata, spec })
    .meta({ id: kind });
}

const specDocument = z.discriminatedUnion("kind", [
  documentOf("SLO", sloSpec),
  documentOf("SLI", sliSpec),
  documentOf("AlertPolicy", policySpec),
  documentOf("AlertCondition", conditionSpec),
  documentOf("AlertNotificationTarget", targetSpec),
  documentOf(
    "DataSource",
    z.strictObject({
      description: description.optional(),
      type: z.string().min(1),
      connectionDetails: z.unknown().describe("never read: it may hold secrets").optional(),
    }),
  ),
  documentOf("Service", z.strictObject({ description: description.optional() }).optional()),
  correctionDocumentOf(metadata),
]);

/** One YAML document of a spec file: an object, a list of them, or `kind: List`. */
const specSchema = z.union([
  specDocument,
  z.array(specDocument),
  z.looseObject({ kind: z.literal("List"), items: z.array(specDocument) }),
]);

/** The schema as JSON Schema, draft 7: the one that editors understand best. */
export function editorSchema(): object {
  const schema = z.toJSONSchema(specSchema, { target: "draft-7", io: "input" });
  return { ...schema, title: "SLO specs: OpenSLO v1 with the annotations of Noroshi" };
}
