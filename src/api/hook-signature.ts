import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** Slack asks to refuse what is older: somebody may have recorded it. */
const OLDEST_SLACK_SECONDS = 300;

/** How a webhook proves where it is from. */
export interface SlackProof {
  /** `X-Slack-Request-Timestamp`, Unix seconds. */
  readonly timestamp: string | undefined;
  /** `X-Slack-Signature`: `v0=` and hexadecimal digits. */
  readonly signature: string | undefined;
  readonly body: Buffer;
}

/** Whether Slack signed this body within the last five minutes, with this secret. */
export function isFromSlack(secret: string, proof: SlackProof, nowMs: number): boolean {
  const { timestamp = "", signature, body } = proof;
  if (signature === undefined || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(nowMs / 1_000 - Number(timestamp)) > OLDEST_SLACK_SECONDS) return false;
  const digest = createHmac("sha256", secret).update(`v0:${timestamp}:`).update(body).digest("hex");
  return isSame(signature, `v0=${digest}`);
}

/** More would only cost time: two while a secret is replaced, for each subscription. */
const MOST_SIGNATURES = 20;

/**
 * Whether PagerDuty signed this body with one of these secrets. `header`: `X-PagerDuty-Signature`, one or more
 * `v1=<hexadecimal digits>` with commas between; one that is right is enough.
 */
export function isFromPagerDuty(
  secrets: readonly string[],
  header: string | undefined,
  body: Buffer,
): boolean {
  const given = (header ?? "")
    .split(",")
    .map((part) => part.trim())
    .slice(0, MOST_SIGNATURES);
  const expected = secrets.map((secret) => `v1=${createHmac("sha256", secret).update(body).digest("hex")}`);
  // All are compared, so that the time says nothing.
  const matches = given.flatMap((one) => expected.map((right) => isSame(one, right)));
  return matches.includes(true);
}

/** In constant time, whatever the lengths. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
