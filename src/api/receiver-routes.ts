import { createRoute, z } from "@hono/zod-openapi";
import type { NativeArea } from "./native-routes.ts";
import { ApiProblem } from "./problem.ts";
import { receiverListSchema, receiverTestSchema } from "./receiver-schema.ts";
import type { ReceiverBody, ReceiverTestBody } from "./receiver-schema.ts";
import { json, name, problem, requestActor } from "./route-parts.ts";

/** What the API does with receivers. */
export interface ReceiverPorts {
  list(): Promise<readonly ReceiverBody[]>;
  /** `origin`: where the one who asks reaches this service. */
  test(
    name: string,
    asked: { readonly actor: string; readonly origin: string },
  ): Promise<ReceiverTestBody | "unknown" | "under-way">;
}

const listReceivers = createRoute({
  method: "get",
  path: "/receivers",
  summary: "Who can be told of alerts, and how deliveries go",
  responses: { 200: json("Receivers", receiverListSchema), 401: problem, 503: problem },
});

const testReceiver = createRoute({
  method: "post",
  path: "/receivers/{name}/test",
  summary: "Send a marked test alert to a receiver, and its end",
  request: { params: z.object({ name }) },
  responses: {
    200: json("What it answered", receiverTestSchema),
    401: problem,
    403: problem,
    404: problem,
    409: problem,
    503: problem,
  },
});

/** `GET /receivers` and `POST /receivers/{name}/test`. */
export function receiverRoutes(ports: ReceiverPorts): NativeArea {
  return (app) => {
    app.openapi(listReceivers, async (c) => c.json({ receivers: [...(await ports.list())] }, 200));
    app.openapi(testReceiver, async (c) => {
      const { name } = c.req.valid("param");
      const origin = new URL(c.req.url).origin;
      const result = await ports.test(name, { actor: requestActor(c), origin });
      if (result === "unknown")
        throw new ApiProblem(
          404,
          "Not found",
          `no receiver is called "${name}"; GET /api/v1/receivers lists them`,
        );
      if (result === "under-way")
        throw new ApiProblem(409, "Conflict", `"${name}" is being tested at this moment; ask again soon`);
      return c.json(result, 200);
    });
  };
}
