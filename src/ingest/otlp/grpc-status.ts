import { status as GrpcStatus } from "@grpc/grpc-js";

/** What OTLP/gRPC answers for a failure known by its HTTP status; https://opentelemetry.io/docs/specs/otlp/#failures. */
export function grpcCode(httpStatus: number): GrpcStatus {
  switch (httpStatus) {
    case 401:
      return GrpcStatus.UNAUTHENTICATED;
    case 403:
      return GrpcStatus.PERMISSION_DENIED;
    case 404:
    case 405:
      return GrpcStatus.UNIMPLEMENTED;
    case 413:
      // Without RetryInfo: what is too large must not be sent again.
      return GrpcStatus.RESOURCE_EXHAUSTED;
    case 429:
    case 503:
      return GrpcStatus.UNAVAILABLE;
    default:
      return GrpcStatus.INVALID_ARGUMENT;
  }
}
