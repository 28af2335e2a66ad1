import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { isFromPagerDuty } from "./hook-signature.ts";
import { problemResponse } from "./problem.ts";

export interface PagerDutyHookPorts {
  /** Of the webhook subscriptions; empty: the hook is not set up. */
  readonly secrets: readonly string[];
  /**
   * Does what a webhook tells, and says what came of it; never rejects, and goes on where nobody waits any more. `body`:
   * undefined where it is no JSON.
   */
  take(webhook: { readonly id: string | undefined; readonly body: unknown }): Promise<PagerDutyTaken>;
  /** How long an answer may wait for the work. */
  readonly patienceMs?: number;
}

/** `ignored`: nothing follows from it, and the reason · `changed`: an episode changed. */
export interface PagerDutyTaken {
  readonly result: "changed" | "ignored" | "failed";
  readonly reason?: string;
}

const MAX_BODY_BYTES = 1024 * 1024;
/** PagerDuty gives up after five seconds, and sends it again. */
const PATIENCE_MS = 3_500;

/**
 * `POST /hooks/pagerduty`: webhooks v3. Whatever a genuine one says it is answered with 2xx: PagerDuty takes other answers
 * for a broken receiver, and stops sending.
 */
export function createPagerDutyHook(ports: PagerDutyHookPorts): Hono {
  const { secrets, patienceMs = PATIENCE_MS } = ports;
  const app = new Hono();
  app.use("/hooks/pagerduty", bodyLimit({ maxSize: MAX_BODY_BYTES }));
  app.post("/hooks/pagerduty", async (c) => {
    if (secrets.length === 0) {
      const detail = "webhooks of PagerDuty are off: set PAGERDUTY_WEBHOOK_SECRET";
      return problemResponse(c, 403, "Forbidden", detail);
    }
    const body = Buffer.from(await c.req.arrayBuffer());
    if (!isFromPagerDuty(secrets, c.req.header("x-pagerduty-signature"), body)) {
      const detail =
        "the signature is missing or wrong: PAGERDUTY_WEBHOOK_SECRET must hold the secret of the subscription";
      return problemResponse(c, 401, "Unauthorized", detail);
    }
    const taken = ports.take({ id: c.req.header("x-webhook-id"), body: parse(body.toString("utf8")) });
    const answer = await withinPatience(taken, patienceMs);
    return c.json(answer, answer.result === "changed" ? 200 : 202);
  });
  return app;
}

async function withinPatience(
  taken: Promise<PagerDutyTaken>,
  patienceMs: number,
): Promise<PagerDutyTaken | { readonly result: "later" }> {
  let timer: NodeJS.Timeout | undefined;
  const later = new Promise<{ readonly result: "later" }>((resolve) => {
    timer = setTimeout(() => resolve({ result: "later" }), patienceMs);
  });
  const answer = await Promise.race([taken, later]);
  clearTimeout(timer);
  return answer;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
