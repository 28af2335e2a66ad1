import { expect, it } from "vitest";
import {
  sendWebhook,
  webhookBody,
  type WebhookDelivery,
} from "../../../src/notify/pagerduty/fake-webhooks.ts";
import { postInteraction, pressOf } from "../../../src/notify/slack/fake-slack-people.ts";
import { eventually } from "../service-process.ts";
import { LASTING, QUICK, type Lane, type LaneOptions } from "./lane.ts";
import { LATER, SOON, action, between, may, play, quiet, want, type Step } from "./play.ts";
import { PAGERDUTY_WEBHOOK_SECRET, SLACK_SIGNING_SECRET, type Stage } from "./stage.ts";
import { failing, healthy } from "./steps.ts";

export const PEOPLE_LANES: Readonly<Record<string, LaneOptions>> = {
  "15-silence": { tiers: QUICK },
  "16-expires": { tiers: LASTING },
  "18-webhooks": { tiers: LASTING },
  "19-by-hand": { tiers: LASTING },
};

/** `telling.rePageAfter`, shorter than anybody would have it. */
export const RE_PAGE_SECONDS = 6;

/** What people do: in Slack, at PagerDuty, and with silences. */
export function peopleScenarios(stage: () => Stage): void {
  const laneOf = (name: string): Lane => stage().laneOf(name);
  const silence = (lane: Lane, duration: string): Step =>
    action(`it is silenced for ${duration}`, async () => {
      const response = await fetch(`${stage().url()}/api/v1/silences`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ matchers: [`owner="${lane.name}"`], duration, comment: "we know" }),
      });
      expect(response.status).toBe(201);
    });
  const bothTold = [want(between(0, SOON), "pagerduty trigger"), want(between(0, SOON), "slack post")];

  it("15 silence set while firing, then recovery: the resolve is sent", async () => {
    const lane = laneOf("15-silence");
    await play(lane, [
      failing(lane),
      ...bothTold,
      silence(lane, "1h"),
      // The message says that it is silenced.
      want(between(0, SOON), "slack update", "ilenced by"),
      quiet(3),
      healthy(lane),
      want(between(0, LATER), "pagerduty resolve"),
      want(between(0, LATER), "slack update"),
      want(between(0, LATER), "slack reply"),
      quiet(2),
    ]);
  });

  it("16 silence expires while firing: notified again", async () => {
    const lane = laneOf("16-expires");
    await play(lane, [
      failing(lane),
      ...bothTold,
      silence(lane, "10s"),
      want(between(0, SOON), "slack update", "ilenced by"),
      want(between(8, SOON), "pagerduty trigger"),
      want(between(8, SOON), "slack update"),
      may("slack reply"),
      quiet(3),
    ]);
  });

  it("18 duplicate, replayed, out-of-order or badly signed webhooks", async () => {
    const lane = laneOf("18-webhooks");
    const tell = async (
      type: string,
      atMs: number,
      delivery: Partial<WebhookDelivery> = {},
    ): Promise<number> => {
      const body = webhookBody({
        type,
        dedupKey: await dedupKeyOf(lane),
        atMs,
        by: "Ann",
        eventId: `${type}-${atMs}`,
      });
      const url = `${stage().url()}/hooks/pagerduty`;
      return (await sendWebhook(url, body, { secrets: [PAGERDUTY_WEBHOOK_SECRET], ...delivery })).status;
    };
    const press = async (
      actionId: string,
      atMs: number,
      signingSecret = SLACK_SIGNING_SECRET,
    ): Promise<number> => {
      const { slack } = stage();
      const message = slack.messages().find(({ channel }) => channel === lane.channel)!;
      const responseUrl = new URL("/actions/one", slack.apiUrl).href;
      const interaction = pressOf(message, { actionId, atMs, responseUrl });
      return (await postInteraction(`${stage().url()}/hooks/slack`, interaction, { signingSecret, atMs }))
        .status;
    };
    const nowMs = Date.now();
    await play(lane, [
      failing(lane),
      ...bothTold,
      action("webhooks with wrong signatures", async () => {
        expect(await tell("incident.acknowledged", nowMs, { signature: "v1=00" })).toBe(401);
        expect(await tell("incident.acknowledged", nowMs, { secrets: ["another"] })).toBe(401);
        expect(await press("noroshi.acknowledge", nowMs, "another")).toBe(401);
        // Somebody recorded it six minutes ago.
        expect(await press("noroshi.acknowledge", nowMs - 360_000)).toBe(401);
      }),
      quiet(2),
      action("Ann takes it on at PagerDuty", async () => {
        expect(await tell("incident.acknowledged", nowMs + 2_000, { webhookId: "first" })).toBe(200);
      }),
      want(between(0, SOON), "slack update", "Acknowledged by Ann"),
      action("the same again, and older news after it", async () => {
        expect(await tell("incident.acknowledged", nowMs + 2_000, { webhookId: "first" })).toBe(202);
        expect(await tell("incident.acknowledged", nowMs + 2_000, { webhookId: "second" })).toBe(202);
        expect(await tell("incident.unacknowledged", nowMs + 1_000)).toBe(202);
      }),
      quiet(3),
      expectAcknowledged(lane, true),
      action("she gives it back in Slack, and Slack tells it twice", async () => {
        const pressedMs = Date.now() + 3_000;
        expect(await press("noroshi.unacknowledge", pressedMs)).toBe(200);
        expect(await press("noroshi.unacknowledge", pressedMs)).toBe(200);
      }),
      want(between(0, SOON), "slack update"),
      quiet(3),
      expectAcknowledged(lane, false),
    ]);
  });

  it("19 PagerDuty incident resolved by hand while still burning: stated re-page policy", async () => {
    const lane = laneOf("19-by-hand");
    await play(lane, [
      failing(lane),
      ...bothTold,
      action("Ann resolves the incident", async () => {
        const dedupKey = await dedupKeyOf(lane);
        stage().pagerduty.changeByHand(dedupKey, "resolved");
        const body = webhookBody({ type: "incident.resolved", dedupKey, atMs: Date.now(), by: "Ann" });
        await sendWebhook(`${stage().url()}/hooks/pagerduty`, body, { secrets: [PAGERDUTY_WEBHOOK_SECRET] });
      }),
      want(between(0, SOON), "slack update", "Resolved by Ann at PagerDuty"),
      want(between(RE_PAGE_SECONDS - 1, RE_PAGE_SECONDS + SOON), "pagerduty trigger"),
      may("slack update"),
      quiet(RE_PAGE_SECONDS + 2),
    ]);
  });

  const episodeOf = async (lane: Lane): Promise<{ readonly id: string; readonly dedupKey: string }> => {
    const { episodes } = (await stage().get(`/api/v1/episodes?slo=${lane.name}-availability`)) as {
      episodes: { id: string; dedupKey: string }[];
    };
    return episodes[0]!;
  };
  const dedupKeyOf = async (lane: Lane): Promise<string> => (await episodeOf(lane)).dedupKey;
  const expectAcknowledged = (lane: Lane, isExpected: boolean): Step =>
    action(isExpected ? "somebody has it" : "nobody has it", () =>
      eventually(isExpected ? "somebody has it" : "nobody has it", 10_000, async () => {
        const { id } = await episodeOf(lane);
        const { episode } = (await stage().get(`/api/v1/episodes/${id}`)) as {
          episode: { acknowledgedAt: string | null };
        };
        return (episode.acknowledgedAt !== null) === isExpected ? true : undefined;
      }),
    );
}
