import { z } from "@hono/zod-openapi";
import { DAY_MS } from "../model/time.ts";
import { storable } from "./route-parts.ts";

const MOST_FILES = 2_000;
const LONGEST_FILE = 1024 * 1024;
const LONGEST_SINCE_MS = 35 * DAY_MS;

const path = storable
  .min(1)
  .max(300)
  .refine(
    (text) => !/^[/\\]|[\0\\]|(^|\/)\.\.?(\/|$)|\/\/|^[a-z]+:/i.test(text),
    "must be relative to the repository, with / between its parts and without .. or a colon in front",
  )
  .refine((text) => !text.endsWith(".kept.yaml"), "must not end with .kept.yaml, which is for what is kept");

const files = z
  .array(z.object({ path, text: storable.max(LONGEST_FILE, "is longer than 1 MiB") }))
  .max(MOST_FILES)
  .refine((list) => new Set(list.map((file) => file.path)).size === list.length, "holds the same path twice");

const source = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9._-]|\/(?=[a-z0-9])){0,99}$/i,
    "must be letters, digits, dots, dashes and slashes, at most 100, such as acme/payments",
  )
  .openapi({ example: "acme/payments", description: "Whose files these are: the name of a repository, say" });

const prune = z
  .boolean()
  .default(false)
  .openapi({ description: "End the SLOs of this source that the files no longer have" });

export const diffRequestSchema = z
  .object({
    source,
    files,
    prune,
    inPlaceOf: z.string().max(1_000).optional().openapi({
      description:
        "A folder or repository of the service, as configured: the files are compared with what it holds, as if they replaced it",
    }),
    sinceMs: z
      .number()
      .int()
      .min(10_000)
      .max(LONGEST_SINCE_MS)
      .multipleOf(10_000)
      .optional()
      .openapi({ description: "How far back alerts are replayed; a week, or the SLO's window if shorter" }),
  })
  .openapi("SpecsDiffRequest");

export const applyRequestSchema = z
  .object({
    source,
    files,
    prune,
    commit: z
      .string()
      .max(100)
      .regex(/^[\w.:/-]+$/)
      .optional()
      .openapi({ description: "The git commit of the files" }),
    dryRun: z.boolean().default(false).openapi({ description: "Store nothing" }),
    expectedRevision: z.string().max(64).optional().openapi({
      description: "`revision` of a diff, or none: refused when the source holds something else by now",
    }),
  })
  .openapi("SpecsApplyRequest");

const time = z.string().openapi({ format: "date-time" });
const count = z.number().int();

const summary = z.object({
  added: count,
  changed: count,
  removed: count,
  kept: count.openapi({ description: "No longer in the files, and run on: prune was not asked for" }),
  unchanged: count,
});

const change = z.object({
  name: z.string(),
  service: z.string(),
  change: z.enum(["added", "changed", "removed", "kept", "unchanged"]),
  file: z.string(),
  line: count,
  fields: z.array(z.object({ field: z.string(), before: z.string(), after: z.string() })),
});

const budget = z
  .object({
    sli: z.number().nullable(),
    remainingRatio: z
      .number()
      .nullable()
      .openapi({ description: "1 untouched, 0 spent, negative overspent" }),
    remainingEvents: z.number().nullable(),
    goodEvents: z.number(),
    badEvents: z.number(),
    totalEvents: z.number(),
    windowStart: time,
    windowEnd: time,
    knownFrom: time
      .nullable()
      .openapi({ description: "Later than windowStart where history begins later; null: there is none" }),
  })
  .nullable();

const fired = z.object({
  alert: z.string(),
  severity: z.enum(["critical", "warning"]),
  tier: z.string(),
  firedAt: time,
  resolvedAt: time.nullable().openapi({ description: "null while it lasts" }),
});

const effect = z.object({
  before: budget,
  after: budget,
  replayed: z
    .object({ start: time, end: time })
    .nullable()
    .openapi({ description: "The time that alerts were replayed for, by both definitions" }),
  askedFrom: time,
  gained: z.array(fired).openapi({ description: "Would have fired" }),
  lost: z.array(fired).openapi({ description: "Would fire no longer" }),
  same: count.openapi({ description: "Alerts that fire both ways" }),
  ends: z
    .array(
      z.object({
        episodeId: z.string(),
        alert: z.string(),
        severity: z.enum(["critical", "warning"]),
        startedAt: time,
        reason: z.enum(["slo_removed", "alert_removed", "not_breaching"]),
      }),
    )
    .openapi({ description: "Open now, and closed by the change" }),
  limits: z.array(z.string()),
});

const diagnostic = z.object({
  severity: z.enum(["error", "warning"]),
  file: z.string(),
  line: count,
  column: count,
  path: z.string(),
  message: z.string(),
  hint: z.string(),
});

const conflict = z.object({
  slo: z.string(),
  file: z.string().openapi({ example: "slo-specs/payment.yaml:4" }),
  owner: z.string().openapi({ description: "The source that has it" }),
  ownerFile: z.string(),
});

const corrections = z
  .array(z.object({ name: z.string(), change: z.enum(["added", "changed", "removed"]) }))
  .openapi({ description: "Corrections in the files that differ" });

const held = z.object({ revision: z.string(), commit: z.string().nullable() });

export const diffSchema = z
  .object({
    source: z.string(),
    at: time,
    valid: z
      .boolean()
      .openapi({ description: "False: there are errors or conflicts, and nothing is compared" }),
    differs: z.boolean().openapi({ description: "Anything is added, changed, removed or kept" }),
    held: held.nullable().openapi({ description: "What the source holds now" }),
    summary,
    slos: z.array(change.extend({ effect: effect.nullable() })),
    corrections,
    conflicts: z.array(conflict),
    diagnostics: z.array(diagnostic),
  })
  .openapi("SpecsDiff");

export const applySchema = z
  .object({
    source: z.string(),
    outcome: z
      .enum(["applied", "planned", "unchanged"])
      .openapi({ description: "planned: of a dry run, what would be applied" }),
    held,
    previous: held.nullable(),
    summary,
    slos: z.array(change),
    corrections,
    diagnostics: z.array(diagnostic).openapi({ description: "Warnings" }),
    notes: z.array(z.string()),
  })
  .openapi("SpecsApplied");

/** A problem document that lists what is wrong. */
export const refusedSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    detail: z.string(),
    instance: z.string(),
    conflicts: z.array(conflict),
    diagnostics: z.array(diagnostic),
  })
  .openapi("SpecsRefused");

export type DiffBody = z.output<typeof diffSchema>;
export type ApplyBody = z.output<typeof applySchema>;
export type RefusedBody = z.output<typeof refusedSchema>;
