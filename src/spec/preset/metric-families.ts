/** How a kind of instrumentation names what it measures of HTTP requests: a classic histogram. */
export interface HttpFamily {
  /** Without `_count` and `_bucket`. */
  readonly metric: string;
  /** Units of its buckets in a second. */
  readonly unitsPerSecond: number;
  readonly status: string;
  readonly method: string;
  readonly route: string;
  /** Milliseconds, ascending: the boundaries that an SDK takes unless it is told others; undefined where it takes none. */
  readonly usualBoundsMs?: readonly number[];
}

/** @see https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration */
const OTEL_BOUNDS_MS = [5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000];

/**
 * The first is what OpenTelemetry names it since its HTTP conventions are stable.
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-metrics/
 */
export const HTTP_FAMILIES: readonly HttpFamily[] = [
  {
    metric: "http_server_request_duration_seconds",
    unitsPerSecond: 1,
    status: "http_response_status_code",
    method: "http_request_method",
    route: "http_route",
    usualBoundsMs: OTEL_BOUNDS_MS,
  },
  // Before they were stable.
  {
    metric: "http_server_duration_milliseconds",
    unitsPerSecond: 1_000,
    status: "http_status_code",
    method: "http_method",
    route: "http_route",
    usualBoundsMs: OTEL_BOUNDS_MS,
  },
  // Micrometer, as Spring Boot sends it.
  {
    metric: "http_server_requests_seconds",
    unitsPerSecond: 1,
    status: "status",
    method: "method",
    route: "uri",
  },
];

/** How a kind of instrumentation counts gRPC calls. */
export interface GrpcFamily {
  /** A histogram without its suffix, or a counter. */
  readonly metric: string;
  /** What counts the calls: `_count` of a histogram, nothing of a counter. */
  readonly countSuffix: "_count" | "";
  readonly code: string;
  /** Values of `code` that are the server's fault. */
  readonly faults: readonly string[];
  readonly method: string;
  /** Tells gRPC from other RPC. */
  readonly system: readonly string[];
}

/**
 * Status codes that are the server's fault: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS.
 * @see https://opentelemetry.io/docs/specs/semconv/rpc/grpc/
 */
const GRPC_FAULTS = ["2", "4", "12", "13", "14", "15"] as const;
export const GRPC_FAULT_NAMES = [
  "UNKNOWN",
  "DEADLINE_EXCEEDED",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
] as const;

export const GRPC_FAMILIES: readonly GrpcFamily[] = [
  {
    metric: "rpc_server_duration_milliseconds",
    countSuffix: "_count",
    code: "rpc_grpc_status_code",
    faults: GRPC_FAULTS,
    method: "rpc_method",
    system: ['rpc_system="grpc"'],
  },
  // The conventions that follow it.
  {
    metric: "rpc_server_call_duration_seconds",
    countSuffix: "_count",
    code: "rpc_response_status_code",
    faults: GRPC_FAULT_NAMES,
    method: "rpc_method",
    system: ['rpc_system_name="grpc"'],
  },
  // go-grpc-prometheus and its kin.
  {
    metric: "grpc_server_handled_total",
    countSuffix: "",
    code: "grpc_code",
    faults: ["Unknown", "DeadlineExceeded", "Unimplemented", "Internal", "Unavailable", "DataLoss"],
    method: "grpc_method",
    system: [],
  },
];

/** How an exporter or a client names the lag of consumers. */
export interface LagFamily {
  readonly metric: string;
  readonly topic: string;
  readonly partition: string;
  readonly group: string;
  /** Whether the consumer sends it itself; else its group alone says whose lag it is. */
  readonly sentBy: "service" | "exporter";
}

export const LAG_FAMILIES: readonly LagFamily[] = [
  // The OpenTelemetry collector's receiver.
  {
    metric: "kafka_consumer_group_lag",
    topic: "topic",
    partition: "partition",
    group: "group",
    sentBy: "exporter",
  },
  // kafka_exporter.
  {
    metric: "kafka_consumergroup_lag",
    topic: "topic",
    partition: "partition",
    group: "consumergroup",
    sentBy: "exporter",
  },
  // The Java client, by way of the OpenTelemetry agent or JMX.
  {
    metric: "kafka_consumer_records_lag",
    topic: "topic",
    partition: "partition",
    group: "group",
    sentBy: "service",
  },
  {
    metric: "messaging_kafka_consumer_lag",
    topic: "messaging_destination_name",
    partition: "messaging_destination_partition_id",
    group: "messaging_consumer_group_name",
    sentBy: "service",
  },
];

/** Of a metric that is not known: labels as most have them, sent by the service. */
export function lagFamily(metric: string): LagFamily {
  return (
    LAG_FAMILIES.find((family) => family.metric === metric) ?? {
      metric,
      topic: "topic",
      partition: "partition",
      group: "group",
      sentBy: "service",
    }
  );
}
