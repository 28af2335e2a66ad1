import type { ClaimedNotification } from "../alert/notification.ts";
import type { Config } from "../config.ts";
import { createThreadPictures } from "../notify/slack/thread-pictures.ts";
import { createPictureUpload } from "../notify/slack/upload-picture.ts";
import type { Log } from "../self/log.ts";
import type { BurnMark } from "../picture/burn-timeline.ts";
import type { Pictures } from "./pictures.ts";
import type { WiredSenders } from "./senders.ts";

/** The same senders; those of Slack show pictures in threads where the configuration asks for them. */
export function withThreadPictures(
  wired: WiredSenders,
  parts: {
    readonly config: Pick<Config, "slack" | "receivers" | "file">;
    readonly log: Log;
    readonly pictures: Pictures;
  },
): WiredSenders {
  const { config, log, pictures } = parts;
  const { botToken, apiUrl } = config.slack;
  const wants = new Map(
    config.receivers.flatMap((one) => (one.type === "slack" ? [[one.name, one.picture] as const] : [])),
  );
  const isWanted = (receiver: string): boolean => wants.get(receiver) ?? config.file.slack.picture;
  const { slack } = wired.senders;
  if (botToken === undefined || slack === undefined || ![...wants.keys(), "slack"].some(isWanted))
    return wired;
  const shown = createThreadPictures({
    isWanted,
    draw: async (notification) => {
      const picture = await pictures({
        slo: notification.sloName,
        tier: notification.facts.tier,
        endMs: notification.at + 10_000,
        marks: marksOf(notification),
      });
      return picture.kind === "drawn" ? picture.png : undefined;
    },
    upload: createPictureUpload({ botToken, apiUrl }),
    log,
  });
  const bundle = wired.bundles.slack;
  return {
    senders: { ...wired.senders, slack: shown.after(slack) },
    bundles: { ...wired.bundles, ...(bundle === undefined ? {} : { slack: shown.afterBundle(bundle) }) },
    close: async () => {
      await shown.stop();
      await wired.close();
    },
  };
}

function marksOf({ firedAt, context }: ClaimedNotification): readonly BurnMark[] {
  const versions = (context?.changes ?? []).map(({ version, firstSeenMs }): BurnMark => ({
    atMs: firstSeenMs,
    kind: "version",
    text: `version ${version}`,
  }));
  return [...versions, { atMs: firedAt, kind: "alert", text: "alert" }];
}
