import { createRoute, z } from "@hono/zod-openapi";
import { THEMES, type ThemeName } from "../picture/theme.ts";
import type { NativeArea } from "./native-routes.ts";
import { ApiProblem } from "./problem.ts";
import { name, problem, time } from "./route-parts.ts";

interface BurnPictureRequest {
  readonly slo: string;
  readonly tier: string | undefined;
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;
  readonly theme: ThemeName;
}

export interface PicturePorts {
  /** Rejects when the counts cannot be read, or nothing can be drawn on this machine. */
  burnPicture(
    request: BurnPictureRequest,
  ): Promise<
    | { readonly kind: "drawn"; readonly png: Uint8Array }
    | { readonly kind: "unknown_slo" }
    | { readonly kind: "refused"; readonly reason: string }
  >;
}

const showPicture = createRoute({
  method: "get",
  path: "/slos/{name}/burn.png",
  summary: "A picture of how the error budget burned (PNG, 1200 x 500)",
  request: {
    params: z.object({ name }),
    query: z.object({
      start: time.optional(),
      end: time.optional(),
      tier: name.optional().openapi({ description: "The alert tier whose windows are drawn" }),
      theme: z.enum(THEMES).default("light"),
    }),
  },
  responses: {
    200: {
      description: "The picture; times in UTC",
      content: { "image/png": { schema: z.string().openapi({ format: "binary" }) } },
    },
    400: problem,
    401: problem,
    404: problem,
    503: problem,
  },
});

/** Windows reach back from it, and databases count seconds from 1970. */
const EARLIEST_MS = Date.UTC(2000, 0, 1);
/** Pictures that may be asked for at once; they are drawn one after the other. */
const MOST_AT_ONCE = 8;

/** `GET /slos/{name}/burn.png`. */
export function pictureRoutes(ports: PicturePorts): NativeArea {
  let waiting = 0;
  return (app) => {
    app.openapi(showPicture, async (c) => {
      const { name: slo } = c.req.valid("param");
      const { start, end, tier, theme } = c.req.valid("query");
      if (start !== undefined && end !== undefined && end <= start) {
        throw new ApiProblem(400, "Invalid parameter", "end: must be after start");
      }
      if (end !== undefined && end < EARLIEST_MS) {
        throw new ApiProblem(
          400,
          "Invalid parameter",
          "end: lies before 2000; nothing is known from so long ago",
        );
      }
      if (waiting >= MOST_AT_ONCE) {
        c.header("retry-after", "2");
        throw new ApiProblem(503, "Busy", "other pictures are being drawn; ask again in some seconds");
      }
      waiting += 1;
      try {
        const picture = await ports.burnPicture({ slo, tier, startMs: start, endMs: end, theme });
        if (picture.kind === "unknown_slo") {
          const detail = `no SLO is named "${slo}"; GET /api/v1/slos lists them`;
          throw new ApiProblem(404, "Not found", detail);
        }
        if (picture.kind === "refused") throw new ApiProblem(400, "Nothing to draw", picture.reason);
        const headers = { "content-type": "image/png", "cache-control": "private, max-age=10" };
        return c.body(new Uint8Array(picture.png), 200, headers);
      } finally {
        waiting -= 1;
      }
    });
  };
}
