import { z } from "@hono/zod-openapi";

export const specListSchema = z
  .object({
    loadedAt: z.string().nullable().openapi({ format: "date-time" }),
    files: z.array(
      z.object({
        path: z.string(),
        slos: z.array(z.string()),
        stale: z.boolean().openapi({ description: "The file fails now; its last good SLOs keep running" }),
      }),
    ),
    diagnostics: z.array(
      z.object({
        severity: z.enum(["error", "warning"]),
        file: z.string(),
        line: z.number().int(),
        column: z.number().int(),
        path: z.string(),
        message: z.string(),
        hint: z.string(),
      }),
    ),
  })
  .openapi("Specs");

export type SpecListBody = z.output<typeof specListSchema>;
