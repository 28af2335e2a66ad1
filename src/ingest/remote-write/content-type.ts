import type { WriteVersion } from "./write-decoder.ts";

const MEDIA_TYPE = "application/x-protobuf";
const MESSAGES: Readonly<Record<string, WriteVersion>> = {
  "prometheus.writerequest": "1.0",
  "io.prometheus.write.v2.request": "2.0",
};

export const ACCEPTED_CONTENT = `${MEDIA_TYPE}, with proto=prometheus.WriteRequest or proto=io.prometheus.write.v2.Request`;

/**
 * The version that a Content-Type header names by its `proto` parameter: 1.0 without one, and without the header, because
 * senders of 1.0 need not send them. Undefined for what is not served.
 */
export function writeVersion(contentType: string | undefined): WriteVersion | undefined {
  const [mediaType = "", ...parameters] = (contentType ?? "").split(";").map((part) => part.trim());
  if (mediaType !== "" && mediaType.toLowerCase() !== MEDIA_TYPE) return undefined;
  const proto = parameters.find((parameter) => /^proto\s*=/i.test(parameter));
  if (proto === undefined) return "1.0";
  const name = proto.slice(proto.indexOf("=") + 1).trim();
  return MESSAGES[name.replaceAll('"', "").toLowerCase()];
}

/** Senders of 1.0 may leave the header out. */
export function isSnappy(contentEncoding: string | undefined): boolean {
  const name = (contentEncoding ?? "").trim().toLowerCase();
  return name === "" || name === "snappy";
}
