import { startFakeServer } from "../fake-server.ts";
import type { FakeAnswer, FakeRequest, FakeServer, Fault, FaultRule } from "../fake-server.ts";
import { isRecord, validatePagerDutyEvent } from "./validate-event.ts";
import type { PagerDutyEvent } from "./validate-event.ts";

/** One accepted event. */
export interface ReceivedEvent {
  readonly atMs: number;
  readonly event: PagerDutyEvent;
  /** What it did: a resolve or acknowledge with nothing open is accepted and dropped. */
  readonly effect: "opened" | "appended" | "acknowledged" | "resolved" | "dropped";
}

/** One incident; at most one per (routing key, dedup key) is not resolved. */
interface FakeIncident {
  readonly routingKey: string;
  readonly dedupKey: string;
  readonly state: "triggered" | "acknowledged" | "resolved";
  readonly summary: string;
  readonly severity: string;
  readonly openedAtMs: number;
  readonly resolvedAtMs: number | null;
  /** Trigger events that it took, the first included. */
  readonly triggers: number;
}

export interface FakePagerDuty extends FakeServer {
  /** `127.0.0.1:port`, as PAGERDUTY_EVENTS_SERVER takes it. */
  readonly server: string;
  /** Every request that arrived, refused and faulted ones included, oldest first. */
  readonly requests: readonly {
    readonly atMs: number;
    readonly body: string;
    readonly fault: Fault | null;
  }[];
  /** Every accepted event, oldest first. */
  readonly events: readonly ReceivedEvent[];
  /** Oldest first. */
  incidents(): readonly FakeIncident[];
  openIncidents(): readonly FakeIncident[];
  /** A person changes the newest incident with this key; its webhook is sent by fake-webhooks.ts. */
  changeByHand(dedupKey: string, state: FakeIncident["state"]): void;
}

export interface FakePagerDutyOptions {
  /** pdjs speaks HTTPS only; see local-certificate.ts. */
  readonly tls: { readonly key: string; readonly cert: string };
  readonly port?: number;
  /** Told of every accepted event. */
  readonly onEvent?: (received: ReceivedEvent) => void;
  /** Integration keys that exist; any well-formed key when left out. */
  readonly routingKeys?: readonly string[];
  /** Most events of one key within a minute; more get 429. No limit when left out. */
  readonly eventsPerMinute?: number;
  readonly fault?: Fault | FaultRule;
  readonly now?: () => number;
}

type MutableIncident = { -readonly [key in keyof FakeIncident]: FakeIncident[key] };

/** Body limit of the Events API v2. */
const MAX_BODY_BYTES = 512 * 1024;

/** A receiver that speaks PagerDuty's Events API v2 and keeps a ledger of what it was sent. For tests and the demo. */
export async function startFakePagerDuty(options: FakePagerDutyOptions): Promise<FakePagerDuty> {
  const requests: { atMs: number; body: string; fault: Fault | null }[] = [];
  const events: ReceivedEvent[] = [];
  const incidents: MutableIncident[] = [];
  const handle = (request: FakeRequest): FakeAnswer => {
    const parsed = parseRequest(request, options.routingKeys);
    if ("status" in parsed) {
      return parsed;
    }
    const event = parsed.event;
    const ofKey = events.filter(
      ({ atMs, event: { routing_key: key } }) => key === event.routing_key && atMs > request.atMs - 60_000,
    );
    if (ofKey.length >= (options.eventsPerMinute ?? Number.POSITIVE_INFINITY)) {
      return json(429, {
        status: "throttle exceeded",
        message: "Requests for this service are arriving too quickly",
      });
    }
    const dedupKey = event.dedup_key ?? `made-by-pagerduty-${events.length + 1}`;
    const received = { atMs: request.atMs, event, effect: apply(incidents, event, dedupKey, request.atMs) };
    events.push(received);
    options.onEvent?.(received);
    return json(202, { status: "success", message: "Event processed", dedup_key: dedupKey });
  };
  const server: FakeServer = await startFakeServer({
    tls: options.tls,
    port: options.port,
    handle,
    onRequest: (request, fault) =>
      requests.push({ atMs: request.atMs, body: request.body, fault: fault ?? null }),
    ...(options.now === undefined ? {} : { now: options.now }),
  });
  server.setFault(options.fault);
  return {
    ...server,
    server: `127.0.0.1:${server.port}`,
    requests,
    events,
    incidents: () => incidents.map((incident) => ({ ...incident })),
    changeByHand: (dedupKey, state) => {
      const incident = incidents.findLast((one) => one.dedupKey === dedupKey);
      if (incident === undefined) throw new Error(`no incident has the key ${dedupKey}`);
      incident.state = state;
      incident.resolvedAtMs = state === "resolved" ? (options.now ?? Date.now)() : null;
    },
    openIncidents: () => incidents.filter((incident) => incident.state !== "resolved"),
  };
}

function parseRequest(
  request: FakeRequest,
  routingKeys: readonly string[] | undefined,
): FakeAnswer | { readonly event: PagerDutyEvent } {
  if (request.path !== "/v2/enqueue" || request.method !== "POST") {
    return json(404, { status: "not found", message: "Not Found" });
  }
  if (Buffer.byteLength(request.body) > MAX_BODY_BYTES) {
    return json(413, { status: "invalid event", message: "Event object is too large" });
  }
  let body: unknown;
  try {
    body = JSON.parse(request.body);
  } catch {
    body = undefined;
  }
  const errors = validatePagerDutyEvent(body);
  if (errors.length > 0 || !isRecord(body)) {
    return invalid(errors);
  }
  const event = body as unknown as PagerDutyEvent;
  if (routingKeys !== undefined && !routingKeys.includes(event.routing_key)) {
    return invalid(["'routing_key' is not a known integration key"]);
  }
  return { event };
}

function apply(
  incidents: MutableIncident[],
  event: PagerDutyEvent,
  dedupKey: string,
  atMs: number,
): ReceivedEvent["effect"] {
  const open = incidents.find(
    (incident) =>
      incident.routingKey === event.routing_key &&
      incident.dedupKey === dedupKey &&
      incident.state !== "resolved",
  );
  if (event.event_action === "trigger") {
    if (open !== undefined) {
      open.triggers += 1;
      return "appended";
    }
    incidents.push({
      routingKey: event.routing_key,
      dedupKey,
      state: "triggered",
      summary: event.payload?.summary ?? "",
      severity: event.payload?.severity ?? "",
      openedAtMs: atMs,
      resolvedAtMs: null,
      triggers: 1,
    });
    return "opened";
  }
  if (open === undefined) {
    return "dropped";
  }
  if (event.event_action === "acknowledge") {
    open.state = "acknowledged";
    return "acknowledged";
  }
  open.state = "resolved";
  open.resolvedAtMs = atMs;
  return "resolved";
}

function invalid(errors: readonly string[]): FakeAnswer {
  return json(400, { status: "invalid event", message: "Event object is invalid", errors });
}

function json(status: number, body: unknown): FakeAnswer {
  return { status, body: JSON.stringify(body) };
}
