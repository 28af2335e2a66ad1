import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import type { Attributes, Span, Tracer } from "@opentelemetry/api";
import type { Now } from "../../../model/time.ts";
import { hexId } from "../random.ts";
import type { Consumer, Endpoint, ServiceBlueprint } from "./blueprint.ts";
import { internalHost } from "./company-name.ts";
import type { FaultEffect, FaultSite } from "./fault.ts";
import { childContext, createWork } from "./service-work.ts";
import type { Surroundings } from "./service-work.ts";
import { startTelemetry } from "./telemetry.ts";
import { contextFromTraceparent } from "./trace-context.ts";
import { TRACE_TIME_HEADER, hrTime, readTraceTime } from "./trace-time.ts";
import type { TraceTime } from "./trace-time.ts";

export interface InstanceOptions {
  readonly blueprint: ServiceBlueprint;
  readonly version: string;
  readonly region: string;
  readonly otlpUrl: string;
  readonly now: Now;
  readonly surroundings: Surroundings;
  /** What befalls a request that has arrived at `site`. */
  readonly faultAt: (site: FaultSite) => FaultEffect | undefined;
}

export interface ServiceInstance {
  readonly url: string;
  readonly service: string;
  readonly version: string;
  readonly region: string;
  /** Answers the requests that are under way, sends its last spans, and closes. */
  stop(): Promise<void>;
}

/** An error that a fault of the demo causes; its name becomes `error.type`. */
class FaultError extends Error {
  readonly status: number;

  constructor(effect: Extract<FaultEffect, { kind: "fail" }>) {
    super(effect.message);
    this.name = effect.errorType;
    this.status = effect.status;
  }
}

/** One running copy of a service: a real HTTP server on the loopback interface with an OpenTelemetry SDK of its own. */
export async function startServiceInstance(options: InstanceOptions): Promise<ServiceInstance> {
  const { blueprint, version, region, surroundings } = options;
  const instanceId = `${blueprint.name}-${hexId(surroundings.random, 5)}`;
  const telemetry = startTelemetry({
    otlpUrl: options.otlpUrl,
    service: blueprint.name,
    version,
    region,
    instanceId,
  });
  const server = createServer((request, response) => {
    answer(options, telemetry.tracer, request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    service: blueprint.name,
    version,
    region,
    stop: async () => {
      await closeServer(server);
      await telemetry.stop();
    },
  };
}

async function answer(
  options: InstanceOptions,
  tracer: Tracer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  request.resume();
  const path = request.url ?? "/";
  const method = request.method ?? "GET";
  const time = { nowMs: readTraceTime(headerOf(request, TRACE_TIME_HEADER), options.now()) };
  const consumer = options.blueprint.consumers?.find((consumer) => path === `/messages/${consumer.topic}`);
  const endpoint = options.blueprint.endpoints.find(
    (endpoint) => endpoint.method === method && routeMatches(endpoint.route, path),
  );
  const started =
    consumer === undefined ? serverSpan(options, method, path, endpoint) : consumerSpan(consumer);
  const parent = contextFromTraceparent(headerOf(request, "traceparent"));
  const span = tracer.startSpan(
    started.name,
    { kind: started.kind, attributes: started.attributes, startTime: hrTime(time.nowMs) },
    parent,
  );
  const work = createWork({
    tracer,
    parent: childContext(parent, span),
    time,
    surroundings: options.surroundings,
  });
  const status = await outcome(span, time, async () => {
    const effect = options.faultAt({
      service: options.blueprint.name,
      endpoint: started.name,
      region: options.region,
      version: options.version,
    });
    if (effect?.kind === "slow") await work.spend(effect.addMs);
    if (effect?.kind === "fail") {
      await work.spend(8);
      throw new FaultError(effect);
    }
    await consumer?.handle(work);
    return consumer === undefined ? ((await endpoint?.handle(work)) ?? 404) : 200;
  });
  if (consumer === undefined) span.setAttribute("http.response.status_code", status);
  span.end(hrTime(time.nowMs));
  response.writeHead(status, { [TRACE_TIME_HEADER]: String(time.nowMs), "content-length": 0 });
  response.end();
}

/** Runs the handler and notes on the span what a web framework's instrumentation would note. */
async function outcome(span: Span, time: TraceTime, handle: () => Promise<number>): Promise<number> {
  try {
    return await handle();
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error));
    // A service that cannot reach what it depends on is a bad gateway to its own callers.
    const status = failure instanceof FaultError ? failure.status : 502;
    span.recordException({ name: failure.name, message: failure.message }, hrTime(time.nowMs));
    span.setAttribute("error.type", failure.name);
    span.setStatus({ code: SpanStatusCode.ERROR, message: failure.message });
    return status;
  }
}

interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
}

function serverSpan(
  options: InstanceOptions,
  method: string,
  path: string,
  endpoint: Endpoint | undefined,
): SpanStart {
  const attributes = {
    "http.request.method": method,
    "url.path": path,
    "url.scheme": "http",
    "server.address": internalHost(options.blueprint.name),
    "server.port": 80,
    "network.protocol.version": "1.1",
    "user_agent.original": "kawa-app/3.12",
  };
  if (endpoint === undefined) return { name: method, kind: SpanKind.SERVER, attributes };
  return {
    name: `${method} ${endpoint.route}`,
    kind: SpanKind.SERVER,
    attributes: { ...attributes, "http.route": endpoint.route },
  };
}

function consumerSpan(consumer: Consumer): SpanStart {
  return {
    name: `process ${consumer.topic}`,
    kind: SpanKind.CONSUMER,
    attributes: {
      "messaging.system": "kafka",
      "messaging.destination.name": consumer.topic,
      "messaging.operation.name": "process",
      "messaging.operation.type": "process",
    },
  };
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function routeMatches(route: string, path: string): boolean {
  const [wanted, given] = [route.split("/"), path.split("/")];
  return (
    wanted.length === given.length && wanted.every((part, i) => part.startsWith("{") || part === given[i])
  );
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    // Kept-alive connections of callers would hold the server open; what is under way has a second to finish.
    setTimeout(() => server.closeAllConnections(), 1_000).unref();
  });
}
