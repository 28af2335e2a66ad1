import { createRoute, z } from "@hono/zod-openapi";
import type { NativeArea } from "./native-routes.ts";
import { json, problem } from "./route-parts.ts";

const selfSchema = z
  .object({
    problems: z
      .array(
        z.object({
          key: z.string().openapi({ description: "Its episode's alert is `self/<key>`" }),
          severity: z.enum(["critical", "warning"]),
          state: z.enum(["pending", "firing"]),
          since: z.string().openapi({ format: "date-time" }),
          summary: z.string(),
          detail: z.string(),
          path: z.string(),
        }),
      )
      .openapi({ description: "What is wrong with Noroshi itself, as of some seconds ago" }),
    heartbeat: z
      .object({
        outcome: z.enum(["sent", "failed", "withheld"]).nullable(),
        sentAt: z.string().nullable().openapi({ format: "date-time", description: "The last that arrived" }),
        reason: z.string().openapi({ description: "Why the last one was withheld, or failed" }),
      })
      .nullable()
      .openapi({ description: "null where no heartbeat is set up" }),
  })
  .openapi("Self");

export type SelfBody = z.output<typeof selfSchema>;

const showSelf = createRoute({
  method: "get",
  path: "/self",
  summary: "Whether Noroshi itself can be relied on: its problems, and its heartbeat",
  responses: { 200: json("Noroshi itself", selfSchema), 401: problem },
});

/** What Noroshi knows of itself. */
export function selfRoutes(read: () => SelfBody): NativeArea {
  return (app) => app.openapi(showSelf, (c) => c.json(read(), 200));
}
