import { createServer as createHttpServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";

/**
 * What goes wrong with one request. `processed` tells whether the receiver acted on it before the answer was lost:
 * the case that makes a sender post twice.
 */
export type Fault =
  | { readonly kind: "status"; readonly status: number; readonly retryAfterSeconds?: number }
  | { readonly kind: "hang"; readonly processed: boolean }
  | { readonly kind: "reset"; readonly processed: boolean }
  | { readonly kind: "empty"; readonly processed: boolean }
  | { readonly kind: "html"; readonly processed: boolean }
  | { readonly kind: "delay"; readonly delayMs: number };

export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** When the whole request had arrived, milliseconds since the epoch. */
  readonly atMs: number;
}

export interface FakeAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export type FaultRule = (request: FakeRequest) => Fault | undefined;

export interface FakeServer {
  readonly port: number;
  /** Replaces the fault in force; undefined heals. A rule is asked for every request. */
  setFault(fault: Fault | FaultRule | undefined): void;
  /** Closes the port: connections are refused, open ones are cut. */
  goDown(): Promise<void>;
  /** Listens again on the same port. */
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

export interface FakeServerOptions {
  readonly tls?: { readonly key: string; readonly cert: string } | undefined;
  /** 0 or left out: any free port of 127.0.0.1. */
  readonly port?: number | undefined;
  /** Acts on the request and answers; not called for a request that a fault stops. */
  readonly handle: (request: FakeRequest) => FakeAnswer;
  /** Told of every request that arrived whole, with the fault that met it. */
  readonly onRequest?: (request: FakeRequest, fault: Fault | undefined) => void;
  readonly now?: () => number;
}

/** An HTTP(S) server on 127.0.0.1 that can fail in the ways that receivers really fail. */
export async function startFakeServer(options: FakeServerOptions): Promise<FakeServer> {
  const now = options.now ?? Date.now;
  let rule: FaultRule = () => undefined;
  const onConnection = (incoming: IncomingMessage, response: ServerResponse): void => {
    readRequest(incoming, now).then(
      (request) => {
        const fault = rule(request);
        options.onRequest?.(request, fault);
        answer(fault, () => options.handle(request), response);
      },
      () => response.destroy(),
    );
  };
  const server: Server =
    options.tls === undefined ? createHttpServer(onConnection) : createHttpsServer(options.tls, onConnection);
  await listen(server, options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      if (!server.listening) {
        resolve();
        return;
      }
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    port,
    setFault: (fault) => {
      rule = typeof fault === "function" ? fault : () => fault;
    },
    goDown: stop,
    comeBack: () => (server.listening ? Promise.resolve() : listen(server, port)),
    close: stop,
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
}

async function readRequest(incoming: IncomingMessage, now: () => number): Promise<FakeRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) {
    chunks.push(chunk as Buffer);
  }
  const url = new URL(incoming.url ?? "/", "http://127.0.0.1");
  return {
    method: incoming.method ?? "",
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    body: Buffer.concat(chunks).toString("utf8"),
    atMs: now(),
  };
}

function answer(fault: Fault | undefined, handle: () => FakeAnswer, response: ServerResponse): void {
  if (fault === undefined) {
    write(response, handle());
    return;
  }
  switch (fault.kind) {
    case "status":
      write(response, faultStatus(fault));
      return;
    case "delay":
      setTimeout(() => write(response, handle()), fault.delayMs);
      return;
    case "hang":
      if (fault.processed) {
        handle();
      }
      return;
    case "reset":
      if (fault.processed) {
        handle();
      }
      response.destroy();
      return;
    case "empty":
      write(response, { status: fault.processed ? handle().status : 202, body: "" });
      return;
    case "html":
      if (fault.processed) {
        handle();
      }
      write(response, {
        status: 502,
        headers: { "content-type": "text/html" },
        body: "<html><body><h1>502 Bad Gateway</h1></body></html>",
      });
  }
}

function faultStatus(fault: Extract<Fault, { kind: "status" }>): FakeAnswer {
  const retryAfter: Record<string, string> =
    fault.retryAfterSeconds === undefined ? {} : { "retry-after": String(fault.retryAfterSeconds) };
  return {
    status: fault.status,
    headers: { "content-type": "application/json", ...retryAfter },
    body: JSON.stringify({ status: "error", message: "injected fault" }),
  };
}

function write(response: ServerResponse, reply: FakeAnswer): void {
  if (response.destroyed) {
    return;
  }
  response.writeHead(reply.status, { "content-type": "application/json", ...reply.headers });
  response.end(reply.body);
}
