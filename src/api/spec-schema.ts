import { z } from "@hono/zod-openapi";

/** Whether what is written runs. */
export const syncStateSchema = z.enum(["Synced", "OutOfSync", "Degraded"]).openapi("SyncState", {
  description:
    "OutOfSync: a newer version is known, and an older one runs. Degraded: it cannot be read, or has errors and nothing older runs",
});

/** Something that is wrong with a spec, and where. */
export const diagnosticSchema = z.object({
  severity: z.enum(["error", "warning"]),
  file: z.string(),
  line: z.number().int(),
  column: z.number().int(),
  path: z.string(),
  message: z.string(),
  hint: z.string(),
});

export const specListSchema = z
  .object({
    loadedAt: z.string().nullable().openapi({ format: "date-time" }),
    files: z.array(
      z.object({
        path: z.string(),
        slos: z.array(z.string()),
        stale: z.boolean().openapi({ description: "The file fails now; its last good SLOs keep running" }),
        source: z.string().nullable().openapi({ description: "One of GET /api/v1/specs/sources" }),
        status: syncStateSchema,
      }),
    ),
    diagnostics: z.array(diagnosticSchema),
  })
  .openapi("Specs");

export type SpecListBody = z.output<typeof specListSchema>;
