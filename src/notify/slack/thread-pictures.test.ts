import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { timestampMs } from "../../model/time.ts";
import type { ClaimedNotification } from "../../alert/notification.ts";
import type { Log } from "../../self/log.ts";
import { sampleNotification } from "../sample-notification.ts";
import { startFakeSlack, type FakeSlack } from "./fake-slack.ts";
import { startFakeSlackFiles, type FakeSlackFiles } from "./fake-slack-files.ts";
import { createSlackSender } from "./send-slack.ts";
import { createThreadPictures } from "./thread-pictures.ts";
import { createPictureUpload } from "./upload-picture.ts";

const TOKEN = "xoxb-planted-token";
const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 255, 13, 10]);
let files: FakeSlackFiles;
let slack: FakeSlack;

beforeEach(async () => {
  files = await startFakeSlackFiles();
  slack = await startFakeSlack({ token: TOKEN, methods: files.methods });
});
afterEach(async () => {
  await slack.close();
  await files.close();
});

const ticket = (changes: Partial<ClaimedNotification> = {}) =>
  sampleNotification({
    receiver: "slack",
    receiverType: "slack",
    address: "C0ALERTS",
    createdAt: timestampMs(Date.now()),
    ...changes,
  });

function setUp(draw: () => Promise<Uint8Array | undefined> = () => Promise.resolve(PNG)) {
  const lines: { message: string; fields: unknown }[] = [];
  const note = (message: string, fields?: unknown): void => void lines.push({ message, fields });
  const log: Log = { debug: note, info: note, warn: note, error: note };
  const options = {
    botToken: TOKEN,
    apiUrl: slack.apiUrl,
    publicUrl: "https://noroshi.example",
    timeoutMs: 2_000,
  };
  const shown = createThreadPictures({
    isWanted: (receiver) => receiver === "slack",
    draw,
    upload: createPictureUpload(options),
    log,
  });
  const send = shown.after(createSlackSender(options));
  return {
    send: (notification: ClaimedNotification) => send(notification, () => 60_000),
    stop: () => shown.stop(),
    lines,
  };
}

describe("the picture of a burn", () => {
  it("is shown in the thread of the message that begins an episode, byte for byte", async () => {
    const { send, stop } = setUp();
    const outcome = await send(ticket());
    await new Promise((resolve) => setTimeout(resolve, 50));
    await stop();
    expect(outcome).toMatchObject({ kind: "delivered" });
    const [message] = slack.messages();
    expect(files.files()).toEqual([
      {
        id: "F1",
        name: "burn.png",
        altText: expect.stringContaining("payment-availability"),
        announcedBytes: PNG.length,
        bytes: Buffer.from(PNG),
        channel: "C0ALERTS",
        threadTs: message?.ts,
      },
    ]);
  });

  it("is for the beginning alone, for receivers that want it, and where something burns", async () => {
    const { send, stop } = setUp();
    const { facts } = ticket();
    const reference = { channel: "C0ALERTS", ts: "1.000000" };
    await send(ticket({ receiver: "other" }));
    await send(ticket({ action: "update", reference }));
    await send(ticket({ action: "resolve", resolution: "recovered", reference }));
    await send(ticket({ facts: { ...facts, noData: true } }));
    await stop();
    expect(files.files()).toEqual([]);
  });

  it.each<[string, () => Promise<Uint8Array | undefined>, number, string]>([
    ["drawing fails", () => Promise.reject(new Error("no canvas")), 200, "no picture of a burn"],
    [
      "Slack does not take the file",
      () => Promise.resolve(PNG),
      500,
      "Slack did not take the picture of a burn",
    ],
  ])("changes nothing about the notification when %s", async (_, draw, status, line) => {
    files.answerWith(status);
    const { send, stop, lines } = setUp(draw);
    expect(await send(ticket())).toMatchObject({ kind: "delivered", detail: "posted" });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await stop();
    expect(lines.map(({ message }) => message)).toContain(line);
    expect(JSON.stringify(lines)).not.toContain(TOKEN);
    expect(slack.messages()).toHaveLength(1);
  });

  it("never lets the notification wait, however slow it is", async () => {
    let finish: () => void = () => {};
    const { send, stop } = setUp(() => new Promise((resolve) => (finish = () => resolve(undefined))));
    for (let i = 0; i < 30; i += 1) {
      expect(await send(ticket({ id: `n${i}`, episodeId: `e${i}` }))).toMatchObject({ kind: "delivered" });
    }
    const stopped = stop();
    finish();
    await stopped;
  });
});
