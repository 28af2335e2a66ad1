import { z } from "zod";

/**
 * Test files as editors are to know them: they complete fields and mark what is not one. Whether names exist and phrases
 * can be understood, `noroshi test` says.
 */
const length = z
  .string()
  .regex(/^(\d+(\.\d+)?[smhdw])+$/)
  .describe("numbers with s, m, h, d or w: 90s, 12m, 1h30m, 30d; a multiple of 10 s");

const RATE = String.raw`(\d+(\.\d+)?|\.\d+)\s*(/\s*(s|m|min|h|d))?`;
const SHARE = String.raw`(\d+(\.\d+)?|\.\d+)\s*%?`;
const ramp = (part: string): RegExp => new RegExp(String.raw`^${part}((\s*->\s*|\s+to\s+)${part})?$`);
const rate = z.union([z.number().min(0), z.string().regex(ramp(RATE))]);
const share = z.union([z.number().min(0).max(1), z.string().regex(ramp(SHARE))]);

const flow = {
  rate: rate.describe("events a second; also 30/m, 10/h, 5/d, or a ramp: 100 -> 300").optional(),
  errors: share.describe("share of bad events: 1%, 0.01, or a ramp: 0% -> 50%").optional(),
  good: rate.describe("good events a second; with total or bad, instead of rate and errors").optional(),
  bad: rate.describe("bad events a second; with total or good, instead of rate and errors").optional(),
  total: rate.describe("all events a second; with good or bad, instead of rate and errors").optional(),
  gap: z.boolean().describe("no event at all").optional(),
};

const mark = z
  .string()
  .regex(/^[a-z][a-z0-9_-]*$/)
  .describe("names the time at which the step begins, for expectations");

const plainStep = {
  ...flow,
  mark: mark.optional(),
  parts: z
    .record(z.string(), z.strictObject(flow))
    .describe("of a composite SLO: what is otherwise for some of its parts")
    .optional(),
};

const playedStep = z
  .strictObject({ for: length.describe("how long the step lasts: 90s, 12m, 1h30m, 30d"), ...plainStep })
  .meta({ id: "Step" });
const earlierStep = z
  .strictObject({
    before: length.describe("instead of for, in the first steps: what was before time 0"),
    ...plainStep,
  })
  .meta({ id: "EarlierStep" });
const repeatedSteps = z
  .strictObject({
    repeat: z.int().min(1).max(10_000).describe("how often the steps below it are played"),
    get steps() {
      return z.array(z.union([playedStep, repeatedSteps])).min(1);
    },
    mark: mark.optional(),
  })
  .meta({ id: "RepeatedSteps" });

const phrase = z
  .string()
  .min(1)
  .describe(
    "critical fires between 12m and 14m · page-quick fires within 2m of outage · warning resolves before 2h · nothing fires · " +
      "critical is firing at 2h · budget at 6h is 0.95 ± 0.01 · state at 6h is met",
  );

const testCase = z
  .strictObject({
    name: z.string().min(1).describe("what the case shows: an outage pages within minutes"),
    description: z.string().optional(),
    slo: z.string().min(1).describe("name of the SLO that the traffic is for"),
    start: z
      .string()
      .regex(/^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}([Zz]|[+-]\d{2}:\d{2})$/)
      .describe("when the first step begins; 2026-01-01T00:00:00Z unless given")
      .optional(),
    traffic: z.array(z.union([playedStep, earlierStep, repeatedSteps])).min(1),
    expect: z.union([phrase, z.array(phrase).min(1)]).describe("what must come true"),
  })
  .meta({ id: "Case" });

/** One YAML document of a test file. */
export const testFileSchema = z.strictObject({
  description: z.string().optional(),
  specs: z
    .union([z.string().min(1), z.array(z.string().min(1))])
    .describe("files and folders with the SLOs, from here; the folder of this file unless given")
    .optional(),
  cases: z.array(testCase).min(1),
});

/** The schema as JSON Schema, draft 7: the one that editors understand best. */
export function testFileJsonSchema(): object {
  const schema = z.toJSONSchema(testFileSchema, { target: "draft-7", io: "input" });
  return { ...schema, title: "Tests of SLOs, run by noroshi test" };
}
