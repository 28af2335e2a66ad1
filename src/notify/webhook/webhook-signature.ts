import { createHmac, timingSafeEqual } from "node:crypto";

/** The header that proves who sent a webhook. */
export const SIGNATURE_HEADER = "noroshi-signature";

/** How old a signature may be: what is recorded on the way cannot be replayed for longer. */
const OLDEST_MS = 300_000;

/**
 * `t=<Unix seconds>,v1=<hex>`: the HMAC-SHA256 of `<t>.<body>` with the receiver's secret.
 * @param body exactly as it is sent
 */
export function signWebhook(body: string, secret: string, atMs: number): string {
  const seconds = Math.floor(atMs / 1_000);
  return `t=${seconds},v1=${hmacHex(body, secret, seconds)}`;
}

/** Whether a signature is ours and at most 5 minutes away from `nowMs`. Compares in constant time. */
export function verifyWebhook(header: string, body: string, secret: string, nowMs: number): boolean {
  const match = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header);
  if (match === null) return false;
  const seconds = Number(match[1]);
  const expected = Buffer.from(hmacHex(body, secret, seconds), "hex");
  const isOurs = timingSafeEqual(expected, Buffer.from(match[2]!, "hex"));
  return isOurs && Math.abs(nowMs - seconds * 1_000) <= OLDEST_MS;
}

function hmacHex(body: string, secret: string, seconds: number): string {
  return createHmac("sha256", secret).update(`${seconds}.`).update(body).digest("hex");
}
