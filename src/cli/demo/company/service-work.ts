import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Attributes, Context, Span, Tracer } from "@opentelemetry/api";
import { hexId, latencyMs } from "../random.ts";
import type { Random } from "../random.ts";
import { UpstreamFailure, splitEndpoint } from "./blueprint.ts";
import type { DatabaseQuery, OutsideCall, Work } from "./blueprint.ts";
import { internalHost } from "./company-name.ts";
import { formatTraceparent } from "./trace-context.ts";
import { TRACE_TIME_HEADER, hrTime, readTraceTime } from "./trace-time.ts";
import type { TraceTime } from "./trace-time.ts";

/** What a service's work needs from the company around it. */
export interface Surroundings {
  readonly random: Random;
  /** Where an instance of a service listens, such as `http://127.0.0.1:40123`. */
  readonly locate: (service: string) => string;
  /** Waits for real as long as that much simulated time takes. */
  readonly pace: (simulatedMs: number) => Promise<void>;
  /** Keeps hold of work that goes on behind a request, so that a stop can wait for it. */
  readonly background: (work: Promise<unknown>) => void;
}

interface Scope {
  readonly tracer: Tracer;
  readonly parent: Context;
  readonly time: TraceTime;
  readonly surroundings: Surroundings;
}

const NETWORK_MEDIAN_MS = 0.4;

/** Work on one request: everything it does becomes child spans of `parent`, and moves `time`. */
export function createWork(scope: Scope): Work {
  const { random } = scope.surroundings;
  return {
    random,
    spend: (medianMs) => pass(scope, medianMs),
    database: (query) =>
      inClientSpan(
        scope,
        query.system === "redis" ? query.operation : `${query.operation} ${query.collection}`,
        databaseAttributes(query),
        () => pass(scope, query.medianMs),
      ),
    outside: (call) =>
      inClientSpan(
        scope,
        call.kind === "grpc" ? call.operation : splitEndpoint(call.operation).method,
        outsideAttributes(call),
        () => pass(scope, call.medianMs),
      ),
    call: (service, endpoint) => callService(scope, service, endpoint),
    publish: (topic, consumer) => publish(scope, topic, consumer),
    together: async (...branches) => {
      const times = branches.map(() => ({ nowMs: scope.time.nowMs }));
      const ends = await Promise.allSettled(
        branches.map((branch, i) => branch(createWork({ ...scope, time: times[i]! }))),
      );
      scope.time.nowMs = Math.max(...times.map((time) => time.nowMs));
      for (const end of ends) if (end.status === "rejected") throw end.reason;
    },
  };
}

async function pass(scope: Scope, medianMs: number): Promise<void> {
  const ms = latencyMs(scope.surroundings.random, medianMs);
  scope.time.nowMs += ms;
  await scope.surroundings.pace(ms);
}

async function inClientSpan<T>(
  scope: Scope,
  name: string,
  attributes: Attributes,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const span = scope.tracer.startSpan(
    name,
    { kind: SpanKind.CLIENT, attributes, startTime: hrTime(scope.time.nowMs) },
    scope.parent,
  );
  try {
    return await work(span);
  } finally {
    span.end(hrTime(scope.time.nowMs));
  }
}

async function callService(scope: Scope, service: string, endpoint: string): Promise<number> {
  const { method, path: route } = splitEndpoint(endpoint);
  const path = route.replace(/\{\w+\}/g, () => hexId(scope.surroundings.random, 8));
  const attributes = {
    "http.request.method": method,
    "url.full": `http://${internalHost(service)}${path}`,
    "url.template": route,
    "server.address": internalHost(service),
    "server.port": 80,
    "peer.service": service,
  };
  const status = await inClientSpan(scope, `${method} ${route}`, attributes, async (span) => {
    await pass(scope, NETWORK_MEDIAN_MS);
    const response = await fetch(`${scope.surroundings.locate(service)}${path}`, {
      method,
      headers: { traceparent: formatTraceparent(span), [TRACE_TIME_HEADER]: String(scope.time.nowMs) },
    });
    await response.arrayBuffer();
    scope.time.nowMs = readTraceTime(response.headers.get(TRACE_TIME_HEADER), scope.time.nowMs);
    await pass(scope, NETWORK_MEDIAN_MS);
    span.setAttribute("http.response.status_code", response.status);
    if (response.status >= 400) {
      span.setAttribute("error.type", String(response.status));
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    return response.status;
  });
  if (status >= 500) throw new UpstreamFailure(service, endpoint, status);
  return status;
}

/** The message leaves in a producer span; the consumer's span is its child and begins after a little while in the queue. */
async function publish(scope: Scope, topic: string, consumer: string): Promise<void> {
  const span = scope.tracer.startSpan(
    `send ${topic}`,
    {
      kind: SpanKind.PRODUCER,
      startTime: hrTime(scope.time.nowMs),
      attributes: {
        "messaging.system": "kafka",
        "messaging.destination.name": topic,
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.message.id": hexId(scope.surroundings.random, 16),
      },
    },
    scope.parent,
  );
  await pass(scope, 1.5);
  span.end(hrTime(scope.time.nowMs));
  const queuedMs = latencyMs(scope.surroundings.random, 20);
  const arrivesMs = scope.time.nowMs + queuedMs;
  const headers = { traceparent: formatTraceparent(span), [TRACE_TIME_HEADER]: String(arrivesMs) };
  const deliver = async (): Promise<void> => {
    await scope.surroundings.pace(queuedMs);
    const response = await fetch(`${scope.surroundings.locate(consumer)}/messages/${topic}`, {
      method: "POST",
      headers,
    });
    await response.arrayBuffer();
  };
  scope.surroundings.background(deliver());
}

function databaseAttributes(query: DatabaseQuery): Attributes {
  return {
    "db.system.name": query.system,
    "db.namespace": query.namespace,
    "db.operation.name": query.operation,
    "db.collection.name": query.collection,
    "db.query.summary": `${query.operation} ${query.collection}`,
    "server.address": internalHost(`${query.namespace}-db`),
    "server.port": { postgresql: 5432, redis: 6379, cassandra: 9042 }[query.system],
  };
}

function outsideAttributes(call: OutsideCall): Attributes {
  const address = { "server.address": call.host, "server.port": 443, "peer.service": call.host };
  if (call.kind === "grpc") {
    return { ...address, "rpc.system": "grpc", "rpc.method": call.operation, "rpc.grpc.status_code": 0 };
  }
  const { method, path } = splitEndpoint(call.operation);
  return {
    ...address,
    "http.request.method": method,
    "url.full": `https://${call.host}${path}`,
    "http.response.status_code": 200,
  };
}

/** The context in which `span` is the parent. */
export function childContext(parent: Context, span: Span): Context {
  return trace.setSpan(parent, span);
}
