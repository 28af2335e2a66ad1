import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import { afterAll, beforeAll, expect, it } from "vitest";
import { sampleEpisode } from "../alert/sample-episode.ts";
import { episodeBody } from "../api/episode-body.ts";
import { listEpisodes, showEpisode, takeEpisode } from "./episodes.ts";

const sample = sampleEpisode();
const open = episodeBody(sample, "noroshi:1");
const taken = { ...open, acknowledgedAt: "2025-06-15T15:10:00.000Z", acknowledgedBy: "slack:alice" };
const ANSWERS: Readonly<Record<string, readonly [number, unknown]>> = {
  "GET /api/v1/episodes?limit=50&state=open": [200, { episodes: [taken], nextCursor: null }],
  "GET /api/v1/episodes?limit=50": [200, { episodes: [], nextCursor: null }],
  [`GET /api/v1/episodes/${sample.id}`]: [
    200,
    {
      episode: taken,
      notifications: [],
      history: [
        { at: open.startedAt, kind: "opened", actor: null, detail: "" },
        { at: open.startedAt, kind: "told", actor: null, detail: "slack: trigger" },
        { at: taken.acknowledgedAt, kind: "acknowledged", actor: "slack:alice", detail: "" },
      ],
    },
  ],
  [`POST /api/v1/episodes/${sample.id}/acknowledge`]: [200, { episode: taken }],
  [`POST /api/v1/episodes/${sample.id}/unacknowledge`]: [200, { episode: open }],
  "POST /api/v1/episodes/over/acknowledge": [409, { detail: "the episode was over at 15:00" }],
};
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const [status, body] = ANSWERS[`${request.method} ${request.url}`] ?? [404, { detail: "there is none" }];
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

async function run(
  command: (
    options: { server: string; format: "text" },
    io: Parameters<typeof listEpisodes>[1],
  ) => Promise<number>,
): Promise<{ code: number; text: string }> {
  let text = "";
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk);
      done();
    },
  }) as unknown as NodeJS.WriteStream;
  const code = await command(
    { server: url, format: "text" },
    { stdout: stream, stderr: stream, isTerminal: false },
  );
  return { code, text };
}

it("lists what is open, with who has it", async () => {
  const { code, text } = await run(listEpisodes);
  expect(code).toBe(0);
  expect(text).toContain("firing critical: payment-availability: error budget burning");
  expect(text).toContain("taken by slack:alice, 2025-06-15 15:10:00 UTC");
  expect((await run((options, io) => listEpisodes({ ...options, all: true }, io))).text).toBe("No alerts.\n");
});

it("shows what happened to one", async () => {
  const { text } = await run((options, io) => showEpisode(sample.id, options, io));
  expect(text).toContain("told: slack: trigger");
  expect(text).toContain("2025-06-15 15:10:00 UTC  acknowledged by slack:alice");
});

it("takes one on and gives it back, and says why it cannot", async () => {
  const take = (id: string, action: "ack" | "unack") =>
    run((options, io) => takeEpisode(id, action, options, io));
  expect(await take(sample.id, "ack")).toEqual({
    code: 0,
    text: `${sample.id} is slack:alice's since 2025-06-15 15:10:00 UTC.\n`,
  });
  expect((await take(sample.id, "unack")).text).toContain("is nobody's");
  expect(await take("over", "ack")).toEqual({
    code: 1,
    text: "noroshi episodes ack: the episode was over at 15:00\n",
  });
  expect(await take("none", "ack")).toMatchObject({ code: 1 });
});
