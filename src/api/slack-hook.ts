import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { isFromSlack } from "./hook-signature.ts";
import { problemResponse } from "./problem.ts";

export interface SlackHookPorts {
  /** undefined: the hook is not set up. */
  readonly signingSecret: string | undefined;
  /** Begins to do what was pressed, a parsed interaction of Slack's; the work goes on after the answer. */
  taken(interaction: unknown): void;
  /** Of the real clock, which Slack signs with. */
  readonly nowMs?: () => number;
}

/** An interaction holds the message that it is about. */
const MAX_BODY_BYTES = 1024 * 1024;

/**
 * `POST /hooks/slack`: presses of buttons in Slack. Slack signs them, and waits three seconds for an answer: they are taken
 * at once and done afterwards.
 */
export function createSlackHook(ports: SlackHookPorts): Hono {
  const { signingSecret, nowMs = Date.now } = ports;
  const app = new Hono();
  app.use("/hooks/slack", bodyLimit({ maxSize: MAX_BODY_BYTES }));
  app.post("/hooks/slack", async (c) => {
    if (signingSecret === undefined) {
      const detail =
        "answers from Slack are off: set SLACK_SIGNING_SECRET, or SLACK_APP_TOKEN for Socket Mode";
      return problemResponse(c, 403, "Forbidden", detail);
    }
    const body = Buffer.from(await c.req.arrayBuffer());
    const proof = {
      timestamp: c.req.header("x-slack-request-timestamp"),
      signature: c.req.header("x-slack-signature"),
      body,
    };
    if (!isFromSlack(signingSecret, proof, nowMs())) {
      const detail =
        "the signature is missing, wrong or older than five minutes: SLACK_SIGNING_SECRET must be the app's, and clocks must agree";
      return problemResponse(c, 401, "Unauthorized", detail);
    }
    const interaction = readPayload(body.toString("utf8"));
    if (interaction === undefined)
      return problemResponse(c, 400, "Invalid body", "the body has no field payload with JSON");
    ports.taken(interaction);
    return c.body(null, 200);
  });
  return app;
}

function readPayload(text: string): unknown {
  try {
    return JSON.parse(new URLSearchParams(text).get("payload") ?? "") as unknown;
  } catch {
    return undefined;
  }
}
