import { startFakeServer, type FakeRequest, type FakeServer } from "../fake-server.ts";
import type { WebhookPayload } from "./webhook-schema.ts";
import { webhookSchema } from "./webhook-schema.ts";
import { SIGNATURE_HEADER, verifyWebhook } from "./webhook-signature.ts";

/** A webhook that arrived and was taken. */
export interface TakenWebhook {
  readonly id: string;
  readonly payload: WebhookPayload;
  /** The CloudEvent around it. */
  readonly event: Readonly<Record<string, unknown>> | undefined;
  /** It had been taken before: the receiver does nothing. */
  readonly isRepeat: boolean;
  readonly request: FakeRequest;
}

export interface FakeWebhook extends Omit<FakeServer, "port"> {
  /** With a token in its path. */
  readonly url: string;
  /** In the order of arrival. */
  readonly taken: readonly TakenWebhook[];
  /** What was refused, and why. */
  readonly refused: readonly string[];
}

/** A receiver of webhooks as they should be: checks signature and schema, and takes each notification once. */
export async function startFakeWebhook(
  options: { readonly secret?: string; readonly port?: number; readonly now?: () => number } = {},
): Promise<FakeWebhook> {
  const taken: TakenWebhook[] = [];
  const refused: string[] = [];
  const refuse = (status: number, error: string) => {
    refused.push(error);
    return { status, body: JSON.stringify({ error }) };
  };
  const { port, ...server } = await startFakeServer({
    port: options.port,
    handle: (request) => {
      const { secret, now = Date.now } = options;
      const signature = String(request.headers[SIGNATURE_HEADER] ?? "");
      if (secret !== undefined && !verifyWebhook(signature, request.body, secret, now()))
        return refuse(401, "the signature is not right");
      const read = readPayload(request);
      if ("fault" in read) return refuse(422, read.fault);
      const id = String(request.headers["noroshi-notification-id"] ?? "");
      if (id !== read.payload.notificationId) return refuse(400, "the header names another notification");
      taken.push({ id, ...read, isRepeat: taken.some((one) => one.id === id), request });
      return { status: 202, body: JSON.stringify({ ok: true }) };
    },
  });
  return { ...server, url: `http://127.0.0.1:${port}/hooks/token-in-the-path-1234`, taken, refused };
}

type ReadPayload = Pick<TakenWebhook, "payload" | "event"> | { readonly fault: string };

function readPayload({ body, headers }: FakeRequest): ReadPayload {
  const document = JSON.parse(body) as Record<string, unknown>;
  const isEvent = (headers["content-type"] ?? "").startsWith("application/cloudevents+json");
  const fault = isEvent ? cloudEventFault(document) : undefined;
  if (fault !== undefined) return { fault };
  const payload = webhookSchema.safeParse(isEvent ? document["data"] : document);
  return payload.success
    ? { payload: payload.data, event: isEvent ? document : undefined }
    : { fault: payload.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ") };
}

/** What CloudEvents 1.0 does not allow in this; undefined where it is an event. */
export function cloudEventFault(event: Readonly<Record<string, unknown>>): string | undefined {
  if (event["specversion"] !== "1.0") return "specversion is not 1.0";
  for (const name of ["id", "source", "type"]) {
    const value = event[name];
    if (typeof value !== "string" || value === "") return `${name} is not a text that says something`;
  }
  for (const name of ["subject", "time", "datacontenttype", "dataschema"]) {
    const value = event[name];
    if (value !== undefined && (typeof value !== "string" || value === "")) return `${name} is empty`;
  }
  const time = event["time"];
  if (typeof time === "string" && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(time))
    return "time is not RFC 3339";
  const strange = Object.keys(event).find((name) => name !== "data" && !/^[a-z0-9]{1,20}$/.test(name));
  return strange === undefined ? undefined : `${strange} is no name of an attribute`;
}
