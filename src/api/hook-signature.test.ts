import { describe, expect, it } from "vitest";
import { isFromPagerDuty, isFromSlack } from "./hook-signature.ts";

// Computed with: printf 'v0:1700000000:payload=%%7B%%7D' | openssl dgst -sha256 -hmac 8f742231b10e
const SLACK_SECRET = "8f742231b10e";
const SLACK_BODY = Buffer.from("payload=%7B%7D");
const SLACK_SIGNATURE = "v0=b50f7fa83e710b01056d7bc7539ce701d57414c11767bb69313a331f1d8fd08e";
const AT_MS = 1_700_000_000_000;
// printf '{"event":{}}' | openssl dgst -sha256 -hmac sekrit
const BODY = Buffer.from('{"event":{}}');
const PAGERDUTY_SIGNATURE = "v1=d4f9e742e934b7be6c0868b257d1a304802313a5a9c5657993c6547580621809";

const slackSays = (changes: Partial<Parameters<typeof isFromSlack>[1]> = {}, nowMs = AT_MS) =>
  isFromSlack(
    SLACK_SECRET,
    { timestamp: "1700000000", signature: SLACK_SIGNATURE, body: SLACK_BODY, ...changes },
    nowMs,
  );

describe("signatures of Slack", () => {
  it("hold for the body, the time and the secret, for five minutes", () => {
    expect(slackSays()).toBe(true);
    expect(slackSays({}, AT_MS + 300_000)).toBe(true);
    expect(slackSays({}, AT_MS + 300_001)).toBe(false);
    expect(slackSays({}, AT_MS - 300_001)).toBe(false);
    expect(slackSays({ body: Buffer.from("payload=%7B%7D ") })).toBe(false);
    expect(slackSays({ timestamp: "1700000001" })).toBe(false);
    for (const timestamp of [undefined, "", "NaN", "-1", "1e9", "17000000000000000"])
      expect(slackSays({ timestamp })).toBe(false);
    for (const signature of [undefined, "", "v0=", SLACK_SIGNATURE.slice(3), SLACK_SIGNATURE.toUpperCase()])
      expect(slackSays({ signature })).toBe(false);
  });
});

describe("signatures of PagerDuty", () => {
  it("hold where any of them is by any of the secrets", () => {
    expect(isFromPagerDuty(["sekrit"], PAGERDUTY_SIGNATURE, BODY)).toBe(true);
    expect(isFromPagerDuty(["old", "sekrit"], `v1=00, ${PAGERDUTY_SIGNATURE}`, BODY)).toBe(true);
    expect(isFromPagerDuty(["old"], PAGERDUTY_SIGNATURE, BODY)).toBe(false);
    expect(isFromPagerDuty([], PAGERDUTY_SIGNATURE, BODY)).toBe(false);
    expect(isFromPagerDuty(["sekrit"], PAGERDUTY_SIGNATURE, Buffer.from('{"event":{} }'))).toBe(false);
    for (const header of [
      undefined,
      "",
      ",",
      "v1=",
      PAGERDUTY_SIGNATURE.slice(3),
      `v0${PAGERDUTY_SIGNATURE.slice(2)}`,
    ])
      expect(isFromPagerDuty(["sekrit"], header, BODY)).toBe(false);
    expect(isFromPagerDuty(["sekrit"], `${"v1=0,".repeat(30)}${PAGERDUTY_SIGNATURE}`, BODY)).toBe(false);
  });
});
