import { z } from "@hono/zod-openapi";

const instant = (description?: string) =>
  z.string().openapi({ format: "date-time", ...(description === undefined ? {} : { description }) });
const result = z.enum(["met", "missed", "no_data"]);

const numbers = {
  result,
  sli: z.number().nullable(),
  budgetSpentRatio: z
    .number()
    .nullable()
    .openapi({ description: "0 nothing, 1 all of it, above 1 overspent; null without events" }),
  goodEvents: z.number(),
  badEvents: z.number(),
  totalEvents: z.number(),
};

const episode = z
  .object({
    id: z.string(),
    alert: z.string(),
    severity: z.enum(["critical", "warning"]),
    tier: z.string(),
    firedAt: instant(),
    resolvedAt: instant("null: it still fires").nullable(),
    firingMs: z.number().openapi({ description: "Within the period" }),
  })
  .nullable();

const sloReport = z
  .object({
    slo: z.string(),
    displayName: z.string(),
    service: z.string(),
    owner: z.string().nullable(),
    target: z.number(),
    window: z.string().openapi({ description: "The SLO's own" }),
    counted: z.string().openapi({ example: "events" }),
    ...numbers,
    raw: z.object(numbers).openapi({ description: "As if there were no corrections" }),
    coverage: z.object({
      ofDays: z.number(),
      days: z.number(),
      ratio: z.number(),
      eventDays: z.number().nullable(),
      countsFrom: instant().nullable(),
      text: z.string().openapi({ example: "covered 12 of 31 days" }),
    }),
    episodes: z.object({
      count: z.number(),
      critical: z.number(),
      warning: z.number(),
      firingMs: z.number().openapi({ description: "When anything fired, overlaps once" }),
      worst: episode,
      longest: episode,
    }),
    previous: z.object({ ...numbers, coverageRatio: z.number() }),
    notes: z.array(z.string()),
  })
  .openapi("SloReport");

const summary = z
  .object({
    name: z.string(),
    slos: z.number(),
    met: z.number(),
    missed: z.number(),
    noData: z.number(),
    metBefore: z.number(),
    episodes: z.number(),
    firingMs: z.number(),
    worstSlo: z.string().nullable(),
    worstBudgetSpentRatio: z.number().nullable(),
  })
  .openapi("ReportSummary");

const period = z.object({
  name: z.string().openapi({ example: "2026-10" }),
  kind: z.enum(["week", "month", "quarter", "year"]),
  start: instant(),
  end: instant(),
  timeZone: z.string(),
  days: z.number(),
});

export const reportSchema = z
  .object({
    generatedAt: instant(),
    period: period.extend({ countedUntil: instant(), isOver: z.boolean() }),
    previous: period,
    totals: summary,
    services: z.array(summary),
    owners: z.array(summary).openapi({ description: "SLOs without an owner have the empty name" }),
    slos: z.array(sloReport),
    notes: z.array(z.string()),
  })
  .openapi("Report");
