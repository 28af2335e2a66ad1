import { WebClient } from "@slack/web-api";
import { redact } from "../redact.ts";
import { readSlackFailure } from "./slack-answer.ts";
import { SILENT } from "./silent-log.ts";

export interface PictureUpload {
  /** The channel's id, and the message in whose thread it is shown. */
  readonly channel: string;
  readonly threadTs: string;
  readonly png: Uint8Array;
  readonly title: string;
  /** What it shows, for those who cannot see it. */
  readonly altText: string;
}

export interface UploadOptions {
  readonly botToken: string;
  /** Slack's own when left out. */
  readonly apiUrl?: string | undefined;
  /** Of each of the three calls. */
  readonly timeoutMs?: number;
}

/**
 * Puts a picture into a thread; gives what went wrong, in words for the log, or undefined. Never throws, and never tries
 * again: the message itself has said everything. The bot needs the scope files:write.
 */
export function createPictureUpload(
  options: UploadOptions,
): (upload: PictureUpload) => Promise<string | undefined> {
  const { botToken, apiUrl, timeoutMs = 10_000 } = options;
  const client = new WebClient(botToken, {
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: timeoutMs,
    logger: SILENT,
    ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
  });
  return async ({ channel, threadTs, png, title, altText }) => {
    try {
      const place = await client.files.getUploadURLExternal({
        filename: "burn.png",
        length: png.byteLength,
        alt_text: altText,
      });
      if (place.upload_url === undefined || place.file_id === undefined) return "Slack gave no place for it";
      if (!isOfSlack(place.upload_url, apiUrl)) return "Slack named a place that is not its own";
      const answer = await fetch(place.upload_url, {
        method: "POST",
        body: new Uint8Array(png),
        headers: { "content-type": "application/octet-stream" },
        redirect: "error",
        signal: AbortSignal.timeout(timeoutMs),
      });
      await answer.body?.cancel();
      if (!answer.ok) return `Slack did not take the file: HTTP ${answer.status}`;
      await client.files.completeUploadExternal({
        files: [{ id: place.file_id, title }],
        channel_id: channel,
        thread_ts: threadTs,
      });
      return undefined;
    } catch (error) {
      return redact(readSlackFailure(error, botToken).detail, [botToken]);
    }
  };
}

/** Files go to Slack over TLS, or where its stand-in of tests is. */
function isOfSlack(url: string, apiUrl: string | undefined): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  if (protocol === "https:") return true;
  return apiUrl !== undefined && new URL(apiUrl).hostname === hostname;
}
