import type { Agent } from "node:https";
import { event as sendEvent } from "@pagerduty/pdjs";
import type { ClaimedNotification, SendOutcome } from "../../alert/notification.ts";
import type { Send } from "../notification.ts";
import { redact } from "../redact.ts";
import { pagerDutyEvent } from "./pagerduty-event.ts";
import { isRecord } from "./validate-event.ts";

export interface PagerDutyOptions {
  /** `host[:port]` of the Events API; PagerDuty's own when left out. TLS always. */
  readonly server?: string | undefined;
  /** Where people reach Noroshi. */
  readonly publicUrl: string;
  /** Limit for the head of an answer, and for its body. */
  readonly timeoutMs?: number;
  /** For a private authority, where NODE_EXTRA_CA_CERTS cannot be set. */
  readonly agent?: Agent;
}

type EventParameters = Parameters<typeof sendEvent>[0];

/** pdjs wants to send again by itself after a 429. */
class RateLimited extends Error {}

/**
 * Sends to PagerDuty's Events API v2. Anything without a clear answer is sent again: the dedup_key makes that harmless.
 *
 * pdjs has habits that do not suit an outbox. Its `requestTimeout` limits nothing and keeps a timer alive, so it is
 * off and `timeout` is used. After a 429 it sleeps and sends again up to three times: the sleep is made short, and the
 * second request is stopped before it leaves. Every other answer resolves, so success is status 202 alone.
 */
export function createPagerDutySender(options: PagerDutyOptions): Send {
  const timeoutMs = options.timeoutMs ?? 10_000;
  return async (notification, remainingMs) => {
    // The limit holds for the answer's head and for its body, each.
    if (remainingMs() <= 2 * timeoutMs) {
      return { kind: "retry", detail: "not sent: the lease is about to run out", ambiguous: false };
    }
    try {
      const response = await sendEvent(parameters(notification, options, timeoutMs));
      return outcomeOf(response.status, response.data, notification);
    } catch (error) {
      if (error instanceof RateLimited) {
        return {
          kind: "retry",
          detail: "429: PagerDuty takes no more events for this key for now",
          ambiguous: false,
          holdAddress: true,
        };
      }
      return {
        kind: "retry",
        detail: redact(`no clear answer: ${messageOf(error)}`, [notification.address]),
        ambiguous: true,
      };
    }
  };
}

function parameters(
  notification: ClaimedNotification,
  options: PagerDutyOptions,
  timeoutMs: number,
): EventParameters {
  let requests = 0;
  // `agent` is an option of node-fetch, pdjs's transport, which asks for it before each request.
  const agent = (): Agent | undefined => {
    requests += 1;
    if (requests > 1) {
      throw new RateLimited();
    }
    return options.agent;
  };
  const given = {
    // pdjs's types demand a payload on a resolve, too, and know no client: both are the API's.
    data: pagerDutyEvent(notification, options.publicUrl) as EventParameters["data"],
    ...(options.server === undefined ? {} : { server: options.server }),
    timeout: timeoutMs,
    redirect: "error" as const,
    requestTimeout: 0,
    retryTimeout: 1,
    agent,
  };
  return given;
}

function outcomeOf(status: number, data: unknown, notification: ClaimedNotification): SendOutcome {
  const said = redact(`${status}: ${describe(data)}`, [notification.address]);
  if (status === 202) {
    return { kind: "delivered", detail: said };
  }
  if (status === 429) {
    return { kind: "retry", detail: said, ambiguous: false, holdAddress: true };
  }
  // 408 and 5xx pass; any other 4xx would be the same the next time.
  return status >= 500 || status === 408 || status < 400
    ? { kind: "retry", detail: said, ambiguous: status >= 500 || status < 400 }
    : { kind: "rejected", detail: said };
}

function describe(data: unknown): string {
  if (!isRecord(data)) {
    return "no explanation";
  }
  const errors = Array.isArray(data["errors"]) ? data["errors"] : [];
  return (
    [data["message"], ...errors].filter((part) => typeof part === "string").join("; ") || "no explanation"
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
