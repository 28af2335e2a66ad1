import type { Random } from "../random.ts";

export type HttpMethod = "GET" | "POST";

/** A query to a pretended database: it becomes a client span and takes simulated time. */
export interface DatabaseQuery {
  readonly system: "postgresql" | "redis" | "cassandra";
  readonly namespace: string;
  readonly operation: string;
  readonly collection: string;
  readonly medianMs: number;
}

/** A request to a pretended party outside the company: a client span without a server's side. */
export interface OutsideCall {
  readonly kind: "http" | "grpc";
  readonly host: string;
  /** `POST /path` for http, `package.Service/Method` for grpc. */
  readonly operation: string;
  readonly medianMs: number;
}

/** What an endpoint can do while it works on one request. Time is that of the trace, in milliseconds. */
export interface Work {
  readonly random: Random;
  /** Computes for about `medianMs`. */
  spend(medianMs: number): Promise<void>;
  database(query: DatabaseQuery): Promise<void>;
  outside(call: OutsideCall): Promise<void>;
  /** Calls `POST /v1/things/{thingId}` of another service and gives its status; throws `UpstreamFailure` on a 5xx. */
  call(service: string, endpoint: string): Promise<number>;
  /** Puts a message on a pretended queue, from which `consumer` takes it a little later. */
  publish(topic: string, consumer: string): Promise<void>;
  /** Does several things at the same time and goes on when the last is done. */
  together(...branches: readonly ((work: Work) => Promise<unknown>)[]): Promise<void>;
}

export interface Endpoint {
  readonly method: HttpMethod;
  /** `/v1/payments/{paymentId}` */
  readonly route: string;
  /** Gives the status of the response. */
  readonly handle: (work: Work) => Promise<number>;
}

/** Takes messages of one topic. */
export interface Consumer {
  readonly topic: string;
  readonly handle: (work: Work) => Promise<void>;
}

export interface ServiceBlueprint {
  readonly name: string;
  readonly version: string;
  /** One instance runs in each. */
  readonly regions: readonly string[];
  readonly endpoints: readonly Endpoint[];
  readonly consumers?: readonly Consumer[];
}

/** A service that this one depends on answered 5xx, so this one cannot do its work either. */
export class UpstreamFailure extends Error {
  override readonly name = "UpstreamFailure";
  readonly status: number;

  constructor(service: string, endpoint: string, status: number) {
    super(`${service} answered ${status} to ${endpoint}`);
    this.status = status;
  }
}

/** `POST /v1/things` into its method and path. */
export function splitEndpoint(endpoint: string): { method: string; path: string } {
  const space = endpoint.indexOf(" ");
  return { method: endpoint.slice(0, space), path: endpoint.slice(space + 1) };
}

const endpointOf =
  (method: HttpMethod) =>
  (route: string, handle: Endpoint["handle"]): Endpoint => ({ method, route, handle });
export const get = endpointOf("GET");
export const post = endpointOf("POST");
