import { describe, expect, it } from "vitest";
import type { EpisodeFacts } from "../alert/episode.ts";
import type { NotificationContext } from "../alert/notification-context.ts";
import type { ClaimedNotification } from "../alert/notification.ts";
import { MESSAGE_NAMES } from "../alert/template/message-values.ts";
import { readTemplate } from "../alert/template/read-template.ts";
import type { Template } from "../alert/template/template.ts";
import { timestampMs } from "../model/time.ts";
import { pagerDutyEvent } from "./pagerduty/pagerduty-event.ts";
import { validatePagerDutyEvent } from "./pagerduty/validate-event.ts";
import { sampleNotification } from "./sample-notification.ts";
import { groupMessage, groupReply } from "./slack/slack-group-message.ts";
import { slackMessage, slackReply, type SlackMessage } from "./slack/slack-message.ts";
import { refuseSlackMessage } from "./slack/validate-message.ts";
import { createWording } from "./wording.ts";

const PUBLIC_URL = "https://noroshi.example";
const STARTED = timestampMs(Date.UTC(2026, 0, 31, 3, 4, 5));
const CONTEXT: NotificationContext = {
  changes: [{ service: "payment", version: "1.4.2", firstSeenMs: STARTED - 400_000 }],
  contributors: [
    { kind: "endpoint", value: "POST /checkout", badEvents: 166, badShare: 0.912, eventShare: 0.12 },
    { kind: "version", value: "1.4.2", badEvents: 177, badShare: 0.973, eventShare: 0.31 },
  ],
};

type Changes = Partial<Omit<ClaimedNotification, "facts">> & { readonly facts?: Partial<EpisodeFacts> };

function told({ facts, ...changes }: Changes = {}): ClaimedNotification {
  const sample = sampleNotification();
  const sloWindow = "30d";
  return {
    ...sample,
    startedAt: STARTED,
    firedAt: STARTED,
    at: STARTED,
    createdAt: STARTED,
    context: CONTEXT,
    ...changes,
    facts: { ...sample.facts, sloWindow, ...facts },
    sloName: facts?.sloName ?? changes.sloName ?? sample.sloName,
  };
}

function withoutContext(notification: ClaimedNotification): ClaimedNotification {
  const bare: { context?: unknown } & ClaimedNotification = { ...notification };
  delete bare.context;
  return bare;
}

const later = (minutes: number) => timestampMs(STARTED + minutes * 60_000);

const part = (name: string, burnRate: number | null) => ({ name, burnRate, spentRatio: null });

const CASES: Readonly<Record<string, ClaimedNotification>> = {
  trigger: told(),
  "trigger without what could be found": withoutContext(told()),
  "trigger of a ticket": told({
    severity: "warning",
    alertKey: "warning",
    facts: {
      tier: "ticket-slow",
      burnThreshold: 1,
      longWindowMs: 3 * 86_400_000,
      shortWindowMs: 21_600_000,
      longBurnRate: 1.31,
      shortBurnRate: 2.4,
      badEvents: 3_930,
      totalEvents: 30_001_200,
      runbookUrl: null,
      exhaustedInMs: 9 * 86_400_000,
    },
  }),
  update: told({
    action: "update",
    at: later(9),
    facts: { longBurnRate: 61, shortBurnRate: 240, budgetRemainingRatio: 0.08, exhaustedInMs: 2_400_000 },
  }),
  remind: told({ action: "remind", at: later(240), facts: { budgetRemainingRatio: -0.4, exhaustedInMs: 0 } }),
  acknowledge: told({ action: "acknowledge", at: later(3) }),
  resolve: told({ action: "resolve", resolution: "recovered", at: later(12), facts: { shortBurnRate: 0 } }),
  "resolve because requests stopped": told({ action: "resolve", resolution: "no_traffic", at: later(72) }),
  "resolve because its SLO was deleted": told({
    action: "resolve",
    resolution: "slo_deleted",
    at: later(72),
  }),
  "self alert": withoutContext(
    told({
      sloName: "noroshi",
      alertKey: "self/spec-source/https://git.example/slos#main",
      facts: {
        description: "",
        service: "",
        owner: null,
        runbookUrl: null,
        self: {
          summary: "Specs from https://git.example/slos#main cannot be read; the last good ones keep running",
          detail:
            "The repository answers 403 Forbidden.\nGive the token read access, then push or wait a minute.",
          path: "/specs",
          observer: "a",
        },
      },
    }),
  ),
  "no data": told({
    alertKey: "no-data",
    context: { ...CONTEXT, contributors: [] },
    facts: {
      noData: true,
      tier: "no-data",
      longWindowMs: 1_800_000,
      shortWindowMs: null,
      longBurnRate: null,
      shortBurnRate: null,
      badEvents: 0,
      totalEvents: 0,
    },
  }),
  composite: told({
    facts: { parts: [part("checkout", 310), part("search", 0.2), part("profile", null)] },
  }),
  floor: told({
    alertKey: "too-quiet",
    severity: "warning",
    context: { changes: [], contributors: [] },
    facts: {
      tier: "too-quiet",
      burnOperator: "lt",
      burnThreshold: 0.5,
      longWindowMs: 86_400_000,
      shortWindowMs: null,
      longBurnRate: 0.1,
      shortBurnRate: null,
    },
  }),
  "value of a group": told({
    sloName: "payment-availability[region=eu-west-1]",
    facts: {
      sloName: "payment-availability[region=eu-west-1]",
      labels: { region: "eu-west-1", parent: "payment-availability" },
    },
  }),
};

/** A message as people see it. */
function asText(message: SlackMessage): string {
  const blocks = [...message.blocks, ...message.attachments.flatMap((attachment) => attachment.blocks)];
  const lines = blocks.map((block) => {
    switch (block.type) {
      case "header":
        return `# ${block.text.text}`;
      case "section":
        return [
          block.text?.text ?? [],
          ...(block.fields ?? []).map(({ text }) => `  ${text.replaceAll("\n", "\n    ")}`),
        ]
          .flat()
          .join("\n");
      case "context":
        return block.elements.map(({ text }) => `(${text})`).join("\n");
      case "actions":
        return block.elements
          .map((one) => `[${"text" in one ? one.text.text : (one.placeholder?.text ?? "")}]`)
          .join(" ");
    }
  });
  return [`push: ${message.text}`, "", ...lines].join("\n");
}

function template(source: string): Template {
  const read = readTemplate(source, MESSAGE_NAMES);
  if (!read.ok) throw new Error(read.problems.join("\n"));
  return read.template;
}

const FIRING = [
  told(),
  told({
    id: "b",
    episodeId: "b",
    severity: "warning",
    facts: { sloName: "payment-latency", tier: "ticket-quick", burnThreshold: 3 },
  }),
];
const OVER = told({
  id: "c",
  episodeId: "c",
  action: "resolve",
  resolution: "recovered",
  at: later(4),
  facts: { sloName: "cart-availability" },
});
const BUNDLE = {
  id: "019770a1-0000-7000-8000-0000000000ff",
  notifications: [...FIRING, OVER],
  maybeSent: false,
  createdAt: STARTED,
  group: { key: '["by service",["service","payment"]]', reference: null, latest: [...FIRING, OVER] },
};

describe("messages as people see them", () => {
  it("are in Slack as they were reviewed", async () => {
    const texts = Object.entries(CASES).map(([name, notification]) => {
      const message = slackMessage(notification, PUBLIC_URL, { isInteractive: true });
      expect(refuseSlackMessage({ ...message })).toBeUndefined();
      const reply =
        notification.action === "resolve" ? `\nin the thread: ${slackReply(notification).text}` : "";
      return `=== ${name} ===\n${asText(message)}${reply}`;
    });
    const group = `=== group ===\n${asText(groupMessage(BUNDLE, PUBLIC_URL))}\nin the thread:\n${groupReply(BUNDLE, PUBLIC_URL)?.text}`;
    await expect(`${[...texts, group].join("\n\n")}\n`).toMatchFileSnapshot("golden/slack.txt");
  });

  it("are at PagerDuty as they were reviewed", async () => {
    const events = Object.entries(CASES).map(([name, notification]) => {
      const event = pagerDutyEvent(notification, PUBLIC_URL);
      expect(validatePagerDutyEvent(event)).toEqual([]);
      return [name, event] as const;
    });
    const text = JSON.stringify(Object.fromEntries(events), undefined, 2);
    await expect(`${text}\n`).toMatchFileSnapshot("golden/pagerduty.json");
  });

  it("say in a template's words what it wants, and what they are about all the same", async () => {
    const templates = new Map([
      [
        "slack",
        {
          title: template("{{ service | upper }} loses money: {{ burn }}"),
          body: template(
            "*{{ slo }}* burns {{ burn }}, {{ budget_left }} left.\n{{#each contributors}}\n• {{ text }}\n{{/each}}\n{{#if runbook}}\n<{{ runbook }}|Runbook>\n{{/if}}",
          ),
        },
      ],
    ]);
    const word = createWording({ templates, publicUrl: PUBLIC_URL });
    const inSlack = await word(told({ receiver: "slack", receiverType: "slack" }));
    await expect(`${asText(slackMessage(inSlack, PUBLIC_URL))}\n`).toMatchFileSnapshot("golden/template.txt");
    const paged = pagerDutyEvent(inSlack, PUBLIC_URL);
    expect(paged.payload).toMatchObject({
      summary: "PAYMENT loses money: 52x",
      severity: "critical",
      component: "payment-availability",
    });
    expect(paged.links?.[0]?.href).toBe("https://noroshi.example/slos/payment-availability");
  });
});
