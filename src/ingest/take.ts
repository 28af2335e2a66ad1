import type { GroupCommit } from "./group-commit.ts";
import type { Submission } from "./group-commit-options.ts";
import type { OtlpFailure } from "./otlp-answer.ts";
import type { DecodeError } from "./otlp/decode-result.ts";
import type { OtlpEncoding, PartialSuccess } from "./otlp/encode-response.ts";

/** What became of an export request, whichever way it came in. */
export type Taken = { readonly kind: "taken"; readonly partialSuccess?: PartialSuccess } | FailedTake;

export type FailedTake = { readonly kind: "failed" } & OtlpFailure;

/** Decodes one export request and resolves when what it brought is stored, or will not be. */
export type Take = (bytes: Uint8Array, encoding: OtlpEncoding) => Promise<Taken>;

/** Where nothing better is known. */
export const RETRY_AFTER_MS = 1_000;

export const failed = (failure: OtlpFailure): FailedTake => ({ kind: "failed", ...failure });

/** What a body that could not be decoded is answered. */
export function undecodable(bytes: Uint8Array, error: DecodeError): FailedTake {
  return failed(isGzip(bytes) ? STILL_GZIP : decodeFailure(error));
}

/** Resolves when the submission is stored; with a failure when it will not be. `what` is for the sender to read. */
export async function submitTaken(
  submit: GroupCommit["submit"],
  submission: Submission,
  what: string,
): Promise<FailedTake | undefined> {
  const stored = await submit(submission);
  if (stored.kind === "failed") {
    const { retryAfterMs } = stored;
    return failed({ status: 503, message: `the ${what} could not be stored`, retryAfterMs });
  }
  if (stored.kind !== "stopping") return undefined;
  return failed({ status: 503, message: "the service is stopping", retryAfterMs: RETRY_AFTER_MS });
}

/** Neither JSON nor a request in protobuf begins so. */
const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

const STILL_GZIP: OtlpFailure = {
  status: 400,
  message:
    "the body is gzip where it should not be: send the header content-encoding: gzip, and compress it once",
};

function decodeFailure(error: DecodeError): OtlpFailure {
  const where = error.path === "" ? "" : `${error.path}: `;
  const offset = error.offset === undefined ? "" : ` (at byte ${error.offset})`;
  return { status: error.kind === "too_large" ? 413 : 400, message: `${where}${error.message}${offset}` };
}
