import { createServer, type Server } from "node:http";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DAY_MS, MINUTE_MS, durationMs } from "../model/time.ts";
import { trafficCounts, type TrafficStep } from "../replay/traffic.ts";
import { BUCKET_MS } from "../slo/bucket.ts";
import { loadSpecs } from "../spec/load-specs.ts";
import { runBacktest, type BacktestOptions } from "./backtest.ts";

const SPANS = `apiVersion: openslo/v1
kind: SLO
metadata: {name: shop}
spec:
  service: shop
  budgetingMethod: Occurrences
  timeWindow: [{duration: 7d, isRolling: true}]
  indicator:
    metadata: {name: i}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: traces, spec: {query: '{ status = ok }'}}}
        total: {metricSource: {type: traces, spec: {query: '{ kind = server }'}}}
  objectives: [{target: 0.999}]
`;
const METRICS = SPANS.replaceAll("type: traces", "type: prometheus")
  .replace("{ status = ok }", 'sum(rate(a{code!="500"}[5m]))')
  .replace("{ kind = server }", "sum(rate(a[5m]))");

const NOW_MS = Date.UTC(2026, 0, 31);
const even = (durationMs: number, rate: number, errors: number): TrafficStep => ({
  durationMs,
  total: { from: rate, to: rate },
  errors: { from: errors, to: errors },
});
/** Ten days: an outage of 20 minutes, a leak of a day, and quiet around them. */
const HISTORY = trafficCounts(NOW_MS - 10 * DAY_MS, [
  even(5 * DAY_MS, 5, 0.0002),
  even(20 * MINUTE_MS, 5, 0.5),
  even(2 * DAY_MS, 5, 0.0002),
  even(DAY_MS, 5, 0.003),
  even(2 * DAY_MS - 20 * MINUTE_MS, 5, 0.0002),
]);

let root: string;
let server: Server | undefined;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "noroshi-backtest-"));
  await writeFile(join(root, "shop.yaml"), SPANS);
});
afterEach(async () => {
  server?.close();
  server = undefined;
  await rm(root, { recursive: true });
});

async function serve(answer: (url: URL, headers: Record<string, unknown>) => unknown): Promise<string> {
  server = createServer((request, response) => {
    const body = answer(new URL(request.url!, "http://x"), request.headers);
    response.statusCode = body === undefined ? 404 : 200;
    response.end(JSON.stringify(body ?? { detail: "no SLO is named so" }));
  });
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const steps = (url: URL, stepMs: number, pick: "good" | "total"): number[] => {
  const startMs = Number(url.searchParams.get("start")) * 1_000;
  const endMs = Number(url.searchParams.get("end")) * 1_000;
  return Array.from(
    { length: Math.round((endMs - startMs) / stepMs) },
    (_, i) => HISTORY.sum(startMs + i * stepMs, startMs + (i + 1) * stepMs)[pick],
  );
};

/** A service that counts the shop's indicator, under another name. */
async function noroshi(
  changes: { id?: string; name?: string; coveredFrom?: string | null } = {},
): Promise<string> {
  const { id } = loadSpecs([{ path: "a.yaml", text: SPANS }]).slos[0]!.indicator;
  const name = changes.name ?? "shop-yesterday";
  return serve((url) => {
    if (url.pathname === "/api/v1/slos") return { slos: [{ name, indicator: { id: changes.id ?? id } }] };
    if (url.pathname !== `/api/v1/slos/${name}/counts`) return undefined;
    const coveredFrom = new Date(HISTORY.startMs).toISOString();
    return {
      coveredFrom: changes.coveredFrom === undefined ? coveredFrom : changes.coveredFrom,
      good: steps(url, BUCKET_MS, "good"),
      total: steps(url, BUCKET_MS, "total"),
    };
  });
}

async function run(
  changes: Partial<BacktestOptions>,
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  let out = "";
  let err = "";
  const io = {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    isTerminal: false,
  };
  const options: BacktestOptions = {
    format: "text",
    since: durationMs(8 * DAY_MS),
    step: durationMs(MINUTE_MS),
    ...changes,
  };
  const code = await runBacktest([join(root, "shop.yaml")], options, io, NOW_MS + 7_000);
  return { code, out, err: err.replaceAll(root, "specs") };
}

describe("noroshi backtest", () => {
  it("shows a budget curve, the episodes with their detection, and what each tier did", async () => {
    const { code, out, err } = await run({ server: await noroshi() });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatchInlineSnapshot(`
      "shop  99.9 % over 7d, 2026-01-23 00:00 to 2026-01-31 00:00 UTC

        traffic      ████████████████████████████████████████████████████████████████████████  up to 5/s
        errors       ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁█▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁  up to 6.3 %
        budget left  ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁  least -59 %, at the end -59 %
        critical     ···························━··················━━━━━━━━━·················  2 episodes
        warning      ···························━━━━··············━━━━━━━━━━━━···············  2 episodes
                     2026-01-23 00:00                                        2026-01-31 00:00

        fired             alert     tier                        detected in  lasted       budget left
        2026-01-26 00:00  critical  page-quick                  40 s         1 h 4 min    77 % > -58 %
        2026-01-26 00:02  warning   ticket-quick                2 min 30 s   9 h 17 min   64 % > -49 %
        2026-01-28 02:03  warning   ticket-slow > ticket-quick  1 h 43 min   1 d 5 h      -22 % > -59 %
        2026-01-28 02:54  critical  page-slow                   2 h 34 min   21 h 57 min  -23 % > -59 %

        tier          fired    together
        page-quick    once     24 min 30 s
        page-slow     2 times  22 h 31 min
        ticket-quick  2 times  20 h 49 min
        ticket-slow   2 times  1 d 8 h

      not all that the first budgets look back on is known from before 2026-01-21 00:00: budgets rest on what is there

      From the server's counts; evaluated at the end of each bucket of 10 s.
      "
    `);
  });

  it("compares several targets and windows in one run", async () => {
    const { out } = await run({
      server: await noroshi(),
      target: [0.99, 0.999, 0.9999],
      window: [durationMs(7 * DAY_MS), durationMs(DAY_MS)],
    });
    expect(out.split("\n\n")[0]).toMatchInlineSnapshot(`
      "  target    window  critical  warning  quickest    least budget  at the end
        99 %      7d      1         0        4 min 20 s  84 %          84 %
        99.9 % *  7d      2         2        40 s        -59 %         -59 %
        99.99 %   7d      1         1        5 h 50 min  -1492 %       -1492 %
        99 %      1d      1         0        1 min 30 s  29 %          98 %
        99.9 %    1d      2         2        20 s        -614 %        80 %
        99.99 %   1d      1         1        5 h 47 min  -7044 %       -99 %
      * as the spec has it"
    `);
  });

  it("prints JSON of a stable shape", async () => {
    const { out } = await run({ server: await noroshi(), format: "json" });
    const body = JSON.parse(out) as { runs: { budget: unknown[]; episodes: unknown[] }[] };
    expect(body).toMatchObject({
      slo: "shop",
      start: "2026-01-23T00:00:00.000Z",
      end: "2026-01-31T00:00:00.000Z",
      knownFrom: "2026-01-21T00:00:00.000Z",
      runs: [{ target: 0.999, window: "7d", asWritten: true }],
    });
    expect(body.runs[0]!.budget).toHaveLength(480);
    expect(body.runs[0]!.episodes[0]).toMatchInlineSnapshot(`
      {
        "alert": "critical",
        "budgetAtEnd": -0.5755907318192246,
        "budgetAtFire": 0.7652940768002222,
        "detectionMs": 40000,
        "firedAt": "2026-01-26T00:00:30.000Z",
        "resolution": "recovered",
        "resolvedAt": "2026-01-26T01:05:00.000Z",
        "severity": "critical",
        "tiers": [
          {
            "at": "2026-01-26T00:00:30.000Z",
            "name": "page-quick",
          },
        ],
        "troubleSince": "2026-01-25T23:59:50.000Z",
      }
    `);
  });

  it("writes one page that loads nothing and shows every run", async () => {
    const { out } = await run({ server: await noroshi(), format: "html", target: [0.999, 0.9999] });
    expect(out).toMatch(/^<!doctype html>/);
    expect(out).not.toMatch(/(src|href)=|<script|@import|url\(/);
    expect(out.match(/<svg/g)).toHaveLength(2);
    expect(out).toContain("prefers-color-scheme: dark");
    expect(out).toContain("page-quick");
    expect(out).not.toMatch(/NaN|undefined/);
  });

  it("asks a Prometheus for the increases of counters, and finds the same outage", async () => {
    await writeFile(join(root, "shop.yaml"), METRICS);
    const asked = new Set<string>();
    const prometheus = await serve((url) => {
      const query = url.searchParams.get("query")!;
      asked.add(query);
      const startMs = Number(url.searchParams.get("start")) * 1_000 - MINUTE_MS;
      url.searchParams.set("start", String(startMs / 1_000));
      const values = steps(url, MINUTE_MS, query.includes("code") ? "good" : "total").map((count, i) => [
        (startMs + (i + 1) * MINUTE_MS) / 1_000,
        String(count),
      ]);
      return { status: "success", data: { resultType: "matrix", result: [{ metric: {}, values }] } };
    });
    const { code, out } = await run({ prometheus, format: "json" });
    expect(code).toBe(0);
    expect([...asked]).toEqual([
      'sum(increase({__name__="a"}[60s]))',
      'sum(increase({__name__="a", code!="500"}[60s]))',
    ]);
    const byServer = JSON.parse((await runSpans()).out) as { runs: { episodes: { firedAt: string }[] }[] };
    const { runs } = JSON.parse(out) as typeof byServer;
    const times = (list: typeof runs) => list[0]!.episodes.map(({ firedAt }) => Date.parse(firedAt));
    expect(times(runs)).toHaveLength(times(byServer.runs).length);
    for (const [i, atMs] of times(runs).entries()) {
      expect(Math.abs(atMs - times(byServer.runs)[i]!)).toBeLessThanOrEqual(MINUTE_MS);
    }
  });

  async function runSpans() {
    server?.close();
    await writeFile(join(root, "shop.yaml"), SPANS);
    return run({ server: await noroshi(), format: "json" });
  }

  it("exits 2 and says what to do where there is no history", async () => {
    const other = await run({ server: await noroshi({ id: "ffff", name: "shop" }) });
    expect(other.code).toBe(2);
    expect(other.err).toContain("shop has other queries on the server");
    const counting = await run({ server: await noroshi({ coveredFrom: null }) });
    expect(counting.err).toContain("still counting");
    const away = await run({ server: "http://127.0.0.1:9" });
    expect(away.err).toContain("could not run: http://127.0.0.1:9 cannot be reached");
    const unknown = await run({ slo: "shpo" });
    expect(unknown.err).toBe(
      'noroshi backtest: could not run: there is no sound SLO "shpo": did you mean "shop"?\n',
    );
    const spans = await run({ prometheus: "http://127.0.0.1:9" });
    expect(spans.err).toContain("counts spans, and a Prometheus has none");
  });

  it("sends its key", async () => {
    let seen: unknown;
    const url = await serve((_, headers) => {
      seen = headers["authorization"];
      return { slos: [] };
    });
    await run({ server: url, apiKey: "k" });
    expect(seen).toBe("Bearer k");
  });
});
