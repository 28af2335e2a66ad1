import type { SendOutcome } from "../../alert/notification.ts";
import type { Send, SendBundle } from "../notification.ts";
import { redact } from "../redact.ts";
import { retryAfterMs } from "../retry-after.ts";
import { CLOUD_EVENT_TYPE, cloudEvent } from "./cloud-event.ts";
import { readWebhookAddress, type WebhookAddress } from "./webhook-address.ts";
import { webhookPayload, type WebhookNews } from "./webhook-payload.ts";
import { SIGNATURE_HEADER, signWebhook } from "./webhook-signature.ts";

/** How a webhook receiver wants it. */
export interface WebhookForm {
  /** Signs what is sent; undefined: not signed. */
  readonly secret: string | undefined;
  readonly format: "noroshi" | "cloudevents";
}

export interface WebhookOptions {
  /** Where people reach Noroshi. */
  readonly publicUrl: string;
  /** By the receiver's name; undefined of one that is no longer set up, whose episodes are still told. */
  readonly formOf: (receiver: string) => WebhookForm | undefined;
  /** Limit of one request, answer included. */
  readonly timeoutMs?: number;
  readonly now?: () => number;
}

/** Nothing can have arrived. */
const NEVER_SENT = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH"];
/** What is read of an answer. */
const ANSWER_BYTES = 4_096;

/**
 * POSTs JSON. The body is the same at every attempt and names its notification, so what arrives twice can be told apart; the
 * signature is of the time of the attempt. Redirects are not followed: they could lead what is signed anywhere.
 */
export function createWebhookSender(options: WebhookOptions): {
  readonly send: Send;
  readonly sendBundle: SendBundle;
} {
  return {
    send: (one, remainingMs) => post({ id: one.id, notifications: [one], group: null }, remainingMs, options),
    sendBundle: ({ id, notifications, group }, remainingMs) =>
      post({ id, notifications, group: group.key }, remainingMs, options),
  };
}

async function post(
  news: WebhookNews,
  remainingMs: () => number,
  options: WebhookOptions,
): Promise<SendOutcome> {
  const { timeoutMs = 10_000, now = Date.now } = options;
  const { address: text = "", receiver = "" } = news.notifications[0] ?? {};
  const address = readWebhookAddress(text);
  if (address === undefined) return { kind: "rejected", detail: "its address is not one of http or https" };
  if (remainingMs() <= timeoutMs)
    return { kind: "retry", detail: "not sent: the lease is about to run out", ambiguous: false };
  const form = options.formOf(receiver) ?? { secret: undefined, format: "noroshi" };
  const say = (words: string): string => redact(words, [...address.secrets, form.secret]);
  try {
    const response = await fetch(address.url, {
      method: "POST",
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
      ...requestOf(news, address, form, options),
    });
    return outcomeOf(response, say(await beginningOf(response)), now());
  } catch (error) {
    return failureOf(error, timeoutMs, say);
  }
}

function requestOf(
  news: WebhookNews,
  address: WebhookAddress,
  { secret, format }: WebhookForm,
  { publicUrl, now = Date.now }: WebhookOptions,
): { readonly headers: Record<string, string>; readonly body: string } {
  const payload = webhookPayload(news, publicUrl);
  const body = JSON.stringify(format === "cloudevents" ? cloudEvent(payload) : payload);
  return {
    headers: {
      "content-type": format === "cloudevents" ? CLOUD_EVENT_TYPE : "application/json; charset=utf-8",
      "user-agent": "Noroshi",
      "noroshi-notification-id": payload.notificationId,
      ...(address.authorization === undefined ? {} : { authorization: address.authorization }),
      ...(secret === undefined ? {} : { [SIGNATURE_HEADER]: signWebhook(body, secret, now()) }),
    },
    body,
  };
}

/** 2xx: taken. 408, 429 and 5xx pass. Any other answer would be the same the next time. */
function outcomeOf(response: Response, said: string, nowMs: number): SendOutcome {
  const { status } = response;
  const detail = said === "" ? String(status) : `${status}: ${said}`;
  if (status >= 200 && status < 300) return { kind: "delivered", detail };
  if (status >= 300 && status < 400)
    return {
      kind: "rejected",
      detail: `${status}: redirects are not followed; give the receiver its final address`,
    };
  if (status !== 408 && status !== 429 && status < 500) return { kind: "rejected", detail };
  const afterMs = retryAfterMs(response.headers.get("retry-after"), nowMs);
  return {
    kind: "retry",
    detail,
    ambiguous: status !== 429,
    ...(afterMs === undefined ? {} : { afterMs }),
    ...(status === 429 || (status === 503 && afterMs !== undefined) ? { holdAddress: true } : {}),
  };
}

function failureOf(error: unknown, timeoutMs: number, say: (text: string) => string): SendOutcome {
  if (error instanceof Error && error.name === "TimeoutError")
    return { kind: "retry", detail: `no whole answer within ${timeoutMs / 1_000} s`, ambiguous: true };
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const words = cause instanceof Error ? cause.message || codeOf(cause) : String(cause);
  if (words === "bad port")
    return { kind: "rejected", detail: "its port is one of another protocol, to which nothing is sent" };
  return NEVER_SENT.includes(codeOf(cause))
    ? { kind: "retry", detail: say(`not reached: ${words}`), ambiguous: false }
    : { kind: "retry", detail: say(`no clear answer: ${words}`), ambiguous: true };
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** The first words of the answer; the rest is not waited for, and where it breaks off the status has said enough. */
async function beginningOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes >= ANSWER_BYTES) break;
    }
  } catch {
    chunks.push(Buffer.from(" (the answer broke off)"));
  }
  const text = Buffer.concat(chunks).subarray(0, ANSWER_BYTES).toString("utf8");
  // A page for browsers says it in its words.
  return /^\s*</.test(text) ? text.replaceAll(/<(style|script)[^]*?<\/\1>|<[^>]*>/gi, " ") : text;
}
