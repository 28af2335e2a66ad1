import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { availabilitySpec, sendTraces, traceBody } from "../test/acceptance/spans.ts";
import type { CorrectionBody, CorrectionListBody, MadeCorrectionBody } from "./api/correction-schema.ts";
import type { SloBody } from "./api/slo-schema.ts";
import { createApp, type App } from "./app.ts";
import { loadConfig } from "./config.ts";
import { HOUR_MS, MINUTE_MS, timestampMs } from "./model/time.ts";
import { SILENT_LOG } from "./self/log.ts";

const KEYS = { ops: "ops-key-0123456789", reader: "reader-key-0123456789" };
/** Episodes resolve after minutes; on this clock, once the service runs, they are seconds. */
const clock = { fromMs: Number.POSITIVE_INFINITY, times: 20 };
const now = () => {
  const ms = Date.now();
  return timestampMs(ms <= clock.fromMs ? ms : clock.fromMs + (ms - clock.fromMs) * clock.times);
};
/** Half of the requests fail up to when the service runs. */
const INCIDENT = { from: 0, to: 0 };

let folder: string;
let specs: string;
let app: App;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "noroshi-corrections-"));
  specs = join(folder, "slo-specs");
  await mkdir(specs);
  const tiers = 'noroshi.dev/alert-tiers: "fast critical 1h/5m x2",';
  for (const service of ["payment", "ledger"]) {
    const text = availabilitySpec(service, { target: 0.99 }).replace(
      "annotations: {",
      `annotations: {${tiers} `,
    );
    await writeFile(join(specs, `${service}.yaml`), text);
  }
  const config = loadConfig({
    NOROSHI_LISTEN: "127.0.0.1:0",
    NOROSHI_OTLP_HTTP_LISTEN: "off",
    NOROSHI_OTLP_GRPC_LISTEN: "off",
    NOROSHI_DATA_DIR: join(folder, "data"),
    NOROSHI_SPECS: specs,
    NOROSHI_API_KEYS: `ops:ingest+read+write:${KEYS.ops},reader:read:${KEYS.reader}`,
  });
  if (!config.ok) throw new Error(JSON.stringify(config));
  app = createApp({ config: config.config, log: SILENT_LOG, version: "test", now });
  ({ url } = await app.start());
  clock.fromMs = Date.now();
  INCIDENT.to = clock.fromMs + 1_000;
  INCIDENT.from = clock.fromMs - 49.5 * MINUTE_MS;
  // A day of a request a minute.
  const spans = Array.from({ length: 24 * 60 }, (_, i) => {
    const endMs = clock.fromMs - i * MINUTE_MS;
    const fails = endMs >= INCIDENT.from && i % 2 === 0;
    return { service: "payment", status: fails ? 503 : 200, endMs };
  });
  const headers = { authorization: `Bearer ${KEYS.ops}` };
  const status = await sendTraces(url, traceBody(spans), headers);
  if (status !== 200) throw new Error(`spans were answered with ${status}`);
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
  const text = await response.text();
  return { status: response.status, body: (text === "" ? undefined : JSON.parse(text)) as Body };
}
const payment = async () => (await ask<SloBody>("GET", "slos/payment-availability")).body;

async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined>,
  withinMs = 20_000,
): Promise<T> {
  const until = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const time = (ms: number): string => new Date(ms).toISOString();
const correctionOf = () => ({
  name: "card processor",
  reason: "the card processor was down: not ours, says the contract",
  slos: ["payment-*"],
  start: time(INCIDENT.from),
  end: time(INCIDENT.to),
});

describe("corrections", () => {
  it("give back what an incident cost, end its episode, and keep the raw numbers; deleted, all is as before", async () => {
    const burning = await eventually("the incident is told", async () => {
      const slo = await payment();
      return slo.alerts[0]?.state === "firing" ? slo : undefined;
    });
    expect(burning).toMatchObject({ state: "breached", corrected: null, budget: { badEvents: 25 } });

    const wanted = correctionOf();
    const dry = await ask<MadeCorrectionBody>("POST", "corrections?dryRun=true", wanted);
    expect(dry.status).toBe(200);
    expect(dry.body.effects).toMatchObject([
      {
        slo: "payment-availability",
        removed: { badEvents: 25, goodEvents: 25, totalEvents: 50 },
        intervals: [{ start: wanted.start, end: wanted.end }],
        before: { state: "breached", remainingRatio: burning.budget.remainingRatio },
        after: { state: "met", remainingRatio: 1, sli: 1 },
      },
    ]);
    expect((await ask<CorrectionListBody>("GET", "corrections")).body.corrections).toEqual([]);

    const made = await ask<MadeCorrectionBody>("POST", "corrections", wanted);
    expect(made.status).toBe(201);
    const { correction } = made.body;
    expect(correction).toMatchObject({
      author: "key:ops",
      inForce: true,
      active: false,
      matches: ["payment-availability"],
      source: { kind: "api", createdBy: "key:ops", deletedBy: null },
    });
    const corrected = await eventually("the budget is back", async () => {
      const slo = await payment();
      return slo.state === "met" ? slo : undefined;
    });
    expect(corrected).toMatchObject({
      sli: 1,
      budget: { remainingRatio: 1, badEvents: 0, totalEvents: burning.budget.totalEvents - 50 },
      corrected: {
        removed: { badEvents: 25, totalEvents: 50 },
        raw: { state: "breached", sli: burning.sli, badEvents: 25, totalEvents: burning.budget.totalEvents },
        corrections: [{ id: correction.id, reason: wanted.reason, author: "key:ops", times: 1 }],
      },
    });
    await eventually("the episode ends", async () =>
      (await payment()).alerts[0]?.state === "ok" ? true : undefined,
    );
    const page = await fetch(`${url}/slos/payment-availability`, {
      headers: { authorization: `Bearer ${KEYS.reader}` },
    });
    const html = await page.text();
    expect(html).toContain("Without corrections");
    expect(html).toContain(wanted.reason);

    expect((await ask("DELETE", `corrections/${correction.id}`)).status).toBe(204);
    await eventually("the budget is spent again", async () =>
      (await payment()).state === "breached" ? true : undefined,
    );
    expect((await payment()).corrected).toBeNull();
    expect((await ask("DELETE", `corrections/${correction.id}`)).status).toBe(404);
    const gone = await ask<CorrectionBody>("GET", `corrections/${correction.id}`);
    expect(gone.body).toMatchObject({
      inForce: false,
      source: { createdBy: "key:ops", deletedBy: "key:ops" },
    });
  }, 60_000);

  it("come from files too, recur, count overlaps once, and are explained one by one", async () => {
    const yaml = (name: string, rest: string) =>
      `apiVersion: noroshi.dev/v1\nkind: Correction\nmetadata: {name: ${name}}\nspec: {reason: nightly batch, author: ops, services: [payment], ${rest}}\n`;
    const at = (ms: number): string => new Date(ms).toISOString().slice(0, 19);
    const half = (INCIDENT.from + INCIDENT.to) / 2;
    await writeFile(
      join(specs, "corrections.yaml"),
      `${yaml("first-half", `start: "${at(INCIDENT.from)}", end: "${at(half)}"`)}---\n${yaml("each-hour", `start: "${at(INCIDENT.from - 30 * HOUR_MS)}", duration: 5m, rrule: FREQ=HOURLY`)}`,
    );
    const slo = await eventually("the file is in force", async () => {
      const found = await payment();
      return found.corrected?.corrections.length === 2 ? found : undefined;
    });
    const { removed, corrections } = slo.corrected!;
    const list = await ask<CorrectionListBody>("GET", "corrections?slo=payment-availability");
    const alone = list.body.corrections.map(({ id, effect }) => [id, effect!.removed.totalEvents] as const);
    expect(alone.map(([id]) => id)).toEqual(["file:first-half", "file:each-hour"]);
    const [first, hourly] = alone.map(([, total]) => total);
    // Five minutes of each hour; those of the incident are in both.
    expect(first! + hourly! - removed.totalEvents).toBeGreaterThanOrEqual(5);
    expect(first! + hourly! - removed.totalEvents).toBeLessThanOrEqual(7);
    expect(corrections[1]!.times).toBeGreaterThan(24);
    expect(list.body.corrections[1]!.source).toMatchObject({ kind: "file", line: 6 });
    const refused = await ask<{ detail: string }>("DELETE", "corrections/file:first-half");
    expect(refused.status).toBe(409);
    expect(refused.body.detail).toContain("corrections.yaml; take it out of there");

    const range = `start=${Math.floor((INCIDENT.from - HOUR_MS) / 10_000) * 10}&end=${Math.floor(clock.fromMs / 10_000) * 10}&step=60`;
    const counts = async (more: string) =>
      (await ask<{ total: number[] }>("GET", `slos/payment-availability/counts?${range}${more}`)).body.total;
    const sum = (list: readonly number[]): number => list.reduce((all, count) => all + count, 0);
    expect(sum(await counts("&corrected=true"))).toBeLessThan(sum(await counts("")) - 25);
    await rm(join(specs, "corrections.yaml"));
    await eventually("it goes with the file", async () =>
      (await payment()).corrected === null ? true : undefined,
    );
  }, 60_000);

  it("are refused with the field and what to write", async () => {
    const wanted = correctionOf();
    const refusal = async (body: unknown) => {
      const { status, body: problem } = await ask<{ detail: string }>("POST", "corrections", body);
      expect(status).toBe(400);
      return problem.detail;
    };
    expect(await refusal({ ...wanted, slos: [] })).toBe(
      'slos: write slos, services or labels; slos: ["*"] means all of them',
    );
    expect(await refusal({ ...wanted, end: "soon" })).toContain(
      'end: "soon" is not a time; write 2026-01-31T22:00:00Z',
    );
    expect(await refusal({ ...wanted, rrule: "FREQ=DALY" })).toBe(
      'rrule: "DALY" is no frequency; did you mean DAILY?',
    );
    expect(await refusal({ ...wanted, reason: undefined })).toContain("reason");
    expect(await refusal({ ...wanted, reson: "x" })).toContain("reson");
    expect((await ask("POST", "corrections", wanted, KEYS.reader)).status).toBe(403);
    expect((await ask("GET", "corrections?slo=nothing")).status).toBe(404);
  });
});
