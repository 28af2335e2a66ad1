import type { Hono } from "hono";
import { goQuote } from "../../promql/syntax/go-quote.ts";
import { alertsBody } from "./alerts-body.ts";
import { invalidParameter } from "./api-error.ts";
import type { PrometheusPorts } from "./ports.ts";
import { readParams } from "./read-params.ts";
import { rulesBody } from "./rules-body.ts";
import { successResponse } from "./success-response.ts";

/** Adds `rules` and `alerts`. */
export function addRuleRoutes(app: Hono, ports: PrometheusPorts): void {
  app.get("/rules", async (c) => {
    const params = await readParams(c);
    const type = params.first("type")?.toLowerCase();
    if (type !== undefined && type !== "alert" && type !== "record") {
      throw invalidParameter("type", `not supported value ${goQuote(type)}`);
    }
    const exclude = params.first("exclude_alerts")?.toLowerCase() ?? "";
    const body = rulesBody(ports.rules(), {
      type,
      names: params.all("rule_name[]"),
      groups: params.all("rule_group[]"),
      files: params.all("file[]"),
      withAlerts: !["1", "t", "true"].includes(exclude),
    });
    return successResponse(c, JSON.stringify(body));
  });
  app.get("/alerts", (c) => successResponse(c, JSON.stringify(alertsBody(ports.rules().slos))));
}
