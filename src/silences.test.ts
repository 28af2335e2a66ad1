import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { availabilitySpec, sendTraces, spansNow, traceBody } from "../test/acceptance/spans.ts";
import type { EpisodeBody, NotificationBody } from "./api/episode-schema.ts";
import type { MadeSilenceBody, SilenceBody, SilenceListBody } from "./api/silence-schema.ts";
import { createApp, type App } from "./app.ts";
import { addSilence, expireSilence, listSilences } from "./cli/silence.ts";
import { loadConfig } from "./config.ts";
import { timestampMs } from "./model/time.ts";
import { SILENT_LOG } from "./self/log.ts";

const KEYS = { ops: "ops-key-0123456789", reader: "reader-key-0123456789" };

let folder: string;
let app: App;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "noroshi-silences-"));
  const specs = join(folder, "slo-specs");
  await mkdir(specs);
  for (const service of ["payment", "ledger"])
    await writeFile(join(specs, `${service}.yaml`), availabilitySpec(service, { target: 0.99 }));
  const config = loadConfig({
    NOROSHI_LISTEN: "127.0.0.1:0",
    NOROSHI_OTLP_HTTP_LISTEN: "off",
    NOROSHI_OTLP_GRPC_LISTEN: "off",
    NOROSHI_DATA_DIR: join(folder, "data"),
    NOROSHI_SPECS: specs,
    NOROSHI_API_KEYS: `ops:ingest+read+write:${KEYS.ops},reader:read:${KEYS.reader}`,
  });
  if (!config.ok) throw new Error(JSON.stringify(config));
  const now = () => timestampMs(Date.now());
  app = createApp({ config: config.config, log: SILENT_LOG, version: "test", now });
  ({ url } = await app.start());
}, 60_000);

afterAll(async () => {
  await app.stop();
  await rm(folder, { recursive: true, force: true });
});

async function ask<Body>(method: string, path: string, body?: unknown, key = KEYS.ops) {
  const response = await fetch(`${url}/api/v1/${path}`, {
    method,
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Body };
}
type Problem = { detail: string };

async function eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const until = Date.now() + 20_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error(`not within 20 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const PAYMENT = { matchers: ['service="payment"'], comment: "they know", duration: "1h" };
const burn = (service: string) =>
  sendTraces(url, traceBody([...spansNow(service, 200, 50), ...spansNow(service, 503, 50)]), {
    authorization: `Bearer ${KEYS.ops}`,
  });
const firing = async (service: string): Promise<EpisodeBody | undefined> => {
  const { body } = await ask<{ episodes: EpisodeBody[] }>("GET", "episodes?state=firing&severity=critical");
  return body.episodes.find((episode) => episode.service === service);
};
const actionsOf = async ({ id }: EpisodeBody): Promise<string[]> => {
  const { body } = await ask<{ notifications: NotificationBody[] }>("GET", `episodes/${id}`);
  return body.notifications.map(({ action }) => action);
};

function output() {
  const written = { out: "", err: "" };
  const io = {
    stdout: { write: (text: string) => Boolean((written.out += text)) },
    stderr: { write: (text: string) => Boolean((written.err += text)) },
    isTerminal: false,
  };
  return { io: io as unknown as Parameters<typeof addSilence>[2], written };
}
const server = () => ({ server: url, apiKey: KEYS.ops, format: "text" as const });

describe("silences", () => {
  it("refuse what is not one, and name the field", async () => {
    const detail = async (changes: Record<string, unknown>) => {
      const { status, body } = await ask<Problem>("POST", "silences", { ...PAYMENT, ...changes });
      expect(status).toBe(400);
      return body.detail;
    };
    expect(await detail({ matchers: [] })).toMatch(/^matchers: write at least one/);
    expect(await detail({ matchers: ["payment"] })).toMatch(/^matchers\.0: "payment" is not a matcher/);
    expect(await detail({ matchers: ['service=~"("'] })).toMatch(/^matchers\.0: .*not a regular expression/);
    expect(await detail({ comment: "  " })).toMatch(/^comment: say why/);
    expect(await detail({ comment: undefined })).toMatch(/^comment: /);
    expect(await detail({ duration: "100d" })).toMatch(/^duration: it lasts longer than 90 days/);
    expect(await detail({ duration: "soon" })).toMatch(/^duration: write a length/);
    expect(await detail({ duration: undefined })).toMatch(/^endsAt: write endsAt, or duration/);
    expect(await detail({ endsAt: "2026-01-31T12:00:00Z" })).toMatch(/^duration: .* keep one/);
    expect(await detail({ until: "tomorrow" })).toMatch(/until/);
    const forbidden = await ask("POST", "silences", PAYMENT, KEYS.reader);
    expect(forbidden.status).toBe(403);
  });

  it("mute at once, are seen in the episode, and what still fires is told when one is ended", async () => {
    const made = await ask<MadeSilenceBody>("POST", "silences", { ...PAYMENT, author: "ana" });
    expect(made.status).toBe(201);
    const id = made.body.silence.id!;
    expect(made.body).toMatchObject({
      silence: { state: "active", author: "ana", createdBy: "key:ops", matchers: ['service="payment"'] },
      preview: { slos: [{ name: "payment-availability", all: true }], warnings: [] },
    });
    await burn("payment");
    await burn("ledger");
    const loud = await eventually("the ledger's alert is told", async () => {
      const episode = await firing("ledger");
      return episode && (await actionsOf(episode)).length > 0 ? episode : undefined;
    });
    expect(loud.receivers).toMatchObject([
      { receiver: "log", told: "firing", mutedBy: null, mutedWhy: null },
    ]);
    const quiet = await eventually("the payment's alert fires", () => firing("payment"));
    expect(await actionsOf(quiet)).toEqual([]);
    expect(quiet.receivers).toMatchObject([{ receiver: "log", told: null, mutedBy: `silence:${id}` }]);
    expect(quiet.receivers[0]!.mutedWhy).toMatch(/^silence "they know" of ana, until 2/);

    const ended = await ask<{ silence: SilenceBody; wasOver: boolean }>("DELETE", `silences/${id}`);
    expect(ended.body).toMatchObject({ wasOver: false, silence: { state: "expired", endedBy: "key:ops" } });
    await eventually("what was muted is told", async () =>
      (await actionsOf(quiet)).includes("trigger") ? true : undefined,
    );
    const again = await ask<{ wasOver: boolean }>("DELETE", `silences/${id}`);
    expect([again.status, again.body.wasOver]).toEqual([200, true]);
    expect((await ask("DELETE", "silences/none")).status).toBe(404);
  });

  it("show in a dry run what they would mute, and store nothing", async () => {
    const before = await ask<SilenceListBody>("GET", "silences");
    const { status, body } = await ask<MadeSilenceBody>("POST", "silences?dryRun=true", {
      ...PAYMENT,
      matchers: ['slo=~".*"'],
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ dryRun: true, silence: { id: null }, preview: { sloCount: 2 } });
    expect(body.preview.episodeCount).toBeGreaterThanOrEqual(2);
    expect(body.preview.warnings[0]).toMatch(/every alert of every SLO/);
    expect((await ask<SilenceListBody>("GET", "silences")).body).toEqual(before.body);
  });

  it("are listed by page, newest first, and by state", async () => {
    const later = new Date(Date.now() + 3_600_000).toISOString();
    for (const comment of ["a", "b", "c"])
      await ask("POST", "silences", { ...PAYMENT, matchers: ["slo=none"], comment, startsAt: later });
    const comments: string[] = [];
    let cursor = "";
    do {
      const { body } = await ask<SilenceListBody>("GET", `silences?state=pending&limit=2${cursor}`);
      comments.push(...body.silences.map(({ comment }) => comment));
      cursor = body.nextCursor === null ? "" : `&cursor=${body.nextCursor}`;
    } while (cursor !== "");
    expect(comments).toEqual(["c", "b", "a"]);
    const { body } = await ask<SilenceListBody>("GET", "silences?state=pending");
    // One that is ended before it begins never begins.
    await ask("DELETE", `silences/${body.silences[0]!.id}`);
    const shown = await ask<{ silence: SilenceBody }>("GET", `silences/${body.silences[0]!.id}`);
    expect(shown.body.silence.state).toBe("expired");
    expect((await ask<SilenceListBody>("GET", "silences?state=pending")).body.silences).toHaveLength(2);
    expect((await ask("GET", "silences?cursor=x")).status).toBe(400);
  });
});

describe("noroshi silence", () => {
  it("adds, lists and expires, for people", async () => {
    const added = output();
    const options = { ...server(), for: "2h", comment: "card processor is down", author: "ana" };
    expect(await addSilence(["service=payment", "severity=critical"], options, added.io)).toBe(0);
    expect(added.written.out).toMatch(/^Made [0-9a-f-]{36}\n\nactive {3}card processor is down\n/);
    expect(added.written.out).toContain('  mutes    service="payment" and severity="critical"\n');
    expect(added.written.out).toContain("2 h left\n  by       ana (key:ops)\n");
    expect(added.written.out).toContain("It fits alerts of 1 SLO:\n  payment-availability: critical only\n");
    const [, id = ""] = /Made (\S+)/.exec(added.written.out) ?? [];
    const listed = output();
    expect(await listSilences(server(), listed.io)).toBe(0);
    expect(listed.written.out).toContain(`id       ${id}`);
    const expired = output();
    expect(await expireSilence(id, server(), expired.io)).toBe(0);
    expect(expired.written.out).toBe(`${id} is over; what it muted and still fires is told now.\n`);
    expect(await expireSilence("none", server(), output().io)).toBe(1);
  });

  it("says what is missing, and what the server refuses", async () => {
    const open = output();
    expect(await addSilence(["service=payment"], { ...server(), comment: "x" }, open.io)).toBe(2);
    expect(open.written.err).toMatch(/write how long, as --for 4h/);
    const refused = output();
    expect(await addSilence(["payment"], { ...server(), for: "1h", comment: "x" }, refused.io)).toBe(1);
    expect(refused.written.err).toMatch(/^noroshi silence add: matchers\.0: "payment" is not a matcher/);
  });
});
