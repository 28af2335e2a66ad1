import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Counter, Histogram, Registry } from "prom-client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { labelsText } from "../../model/labels.ts";
import type { MetricMetadata, SampleBatch } from "../../model/sample-batch.ts";
import { bitsOf, isStaleAt } from "../../model/stale.ts";
import { timestampMs } from "../../model/time.ts";
import { createLocalCertificate } from "../../notify/pagerduty/local-certificate.ts";
import type { Log } from "../../self/log.ts";
import { DEFAULT_SERIES_LIMITS } from "../series-limits.ts";
import { createSeriesTable } from "../series-table.ts";
import type { SubmitResult } from "../group-commit-options.ts";
import type { ScrapeJob } from "./scrape-config.ts";
import { nextScrapeMs } from "./scrape-loop.ts";
import { scrapeTargets } from "./scrape-target.ts";
import { startScraper } from "./scraper.ts";
import type { Scraper } from "./scraper.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
interface Row {
  readonly series: string;
  readonly timeMs: number;
  /** undefined: a staleness marker. */
  readonly value: number | undefined;
  readonly startMs: number;
}

const servers: Server[] = [];
const scrapers: Scraper[] = [];
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "noroshi-scrape-"));
});
afterEach(async () => {
  await Promise.all(scrapers.splice(0).map((scraper) => scraper.stop()));
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  await rm(folder, { recursive: true, force: true });
});

async function listen(server: Server, port = 0): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(port, "127.0.0.1", resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const serve = (handler: Handler, port = 0) => listen(createServer(handler), port);
const plain =
  (text: () => string): Handler =>
  (_, response) =>
    response.setHeader("content-type", "text/plain; version=0.0.4").end(text());

const job = (target: string, more: Partial<ScrapeJob> = {}): ScrapeJob => ({
  name: "shop",
  targets: [target.includes("://") ? target : `http://${target}/metrics`],
  intervalMs: 100,
  timeoutMs: 80,
  labels: {},
  honorLabels: false,
  sampleLimit: undefined,
  bodyLimitBytes: 1_000_000,
  bearerTokenFile: undefined,
  basicAuth: undefined,
  tls: {},
  ...more,
});

function start(
  jobs: readonly ScrapeJob[],
  submitted: (batch: SampleBatch) => SubmitResult = () => ({ kind: "committed" }),
) {
  const logged: string[] = [];
  const write = (message: string, fields?: object): void =>
    void logged.push(`${message} ${JSON.stringify(fields)}`);
  const log: Log = { debug: write, info: write, warn: write, error: write };
  const rows: Row[] = [];
  const metadata: MetricMetadata[] = [];
  const exemplars: string[] = [];
  const table = createSeriesTable(DEFAULT_SERIES_LIMITS, log);
  const scraper = startScraper({
    config: { jobs },
    table,
    submit: (batch) => {
      const result = submitted(batch);
      if (result.kind !== "committed") return Promise.resolve(result);
      const { floats } = batch;
      const bits = bitsOf(Float64Array.from(floats.values));
      const exact = new Uint32Array(floats.values.buffer, floats.values.byteOffset, bits.length);
      for (let i = 0; i < floats.count; i += 1) {
        rows.push({
          series: labelsText(table.labels(floats.series[i]!)),
          timeMs: floats.timesMs[i]!,
          value: isStaleAt(exact, i) ? undefined : floats.values[i]!,
          startMs: floats.startsMs?.[i] ?? 0,
        });
      }
      metadata.push(...batch.metadata);
      for (const { series, value, labels } of batch.exemplars) {
        exemplars.push(`${labelsText(table.labels(series))} ${labelsText(labels)} ${value}`);
      }
      return Promise.resolve(result);
    },
    now: () => timestampMs(Date.now()),
    log,
  });
  scrapers.push(scraper);
  const of = (prefix: string) => rows.filter(({ series }) => series.startsWith(prefix));
  const values = (prefix: string) => of(prefix).map(({ value }) => value);
  return { scraper, rows, of, values, logged, metadata, exemplars };
}

const HUGE = gzipSync(Buffer.alloc(20_000_000, "#\n"));

const until = (condition: () => boolean): Promise<void> =>
  vi.waitFor(() => expect(condition()).toBe(true), { timeout: 30_000, interval: 10 });

describe("the scraper", () => {
  it("records what a target shows and how the scrape went, at even times", async () => {
    let asked = 0;
    const address = await serve((request, response) => {
      asked += 1;
      expect(request.headers.accept).toMatch(
        /^application\/openmetrics-text;version=1\.0\.0;.*q=0\.5,.*\*\/\*;q=0\.1$/,
      );
      expect(request.headers["x-prometheus-scrape-timeout-seconds"]).toBe("0.08");
      plain(() => `# TYPE a_total counter\na_total{job="own",x="1"} ${asked}\nb 7\n`)(request, response);
    });
    const { scraper, of, rows, values, metadata } = start([job(address, { labels: { env: "prod" } })]);
    await until(() => asked >= 3 && values("up").length >= 3);
    const own = `{env="prod", instance="${address}", job="shop"}`;
    expect(of("a_total")[0]?.series).toBe(
      `a_total{env="prod", exported_job="own", instance="${address}", job="shop", x="1"}`,
    );
    expect(values("a_total").slice(0, 3)).toEqual([1, 2, 3]);
    expect(of("up")[0]).toMatchObject({ series: `up${own}`, value: 1 });
    expect(values("scrape_samples_scraped")[0]).toBe(2);
    expect(values("scrape_samples_post_metric_relabeling")[0]).toBe(2);
    expect(values("scrape_series_added").slice(0, 2)).toEqual([2, 0]);
    expect(values("scrape_duration_seconds")[0]).toBeGreaterThan(0);
    expect(metadata).toEqual([{ metric: "a_total", type: "counter", unit: "", help: "" }]);
    const [first, second] = of("b");
    expect((second!.timeMs - first!.timeMs) % 100).toBe(0);
    expect(
      new Set(rows.filter(({ timeMs }) => timeMs === first!.timeMs).map(({ series }) => series)).size,
    ).toBe(7);
    expect(scraper.targets()).toMatchObject([
      { job: "shop", url: `http://${address}/metrics`, health: "up", lastSamples: 2, lastProblem: undefined },
    ]);
  });

  it("ends a series that is not shown any more, and none that has timestamps of its own", async () => {
    let gone = false;
    const address = await serve(plain(() => (gone ? "kept 1\n" : `kept 1\nlost 2\ntimed 3 ${Date.now()}\n`)));
    const { values } = start([job(address)]);
    await until(() => values("lost").length > 0);
    gone = true;
    await until(() => values("lost").includes(undefined));
    const kept = values("kept").length;
    await until(() => values("kept").length > kept + 1);
    expect(values("lost").filter((value) => value === undefined)).toHaveLength(1);
    expect(values("timed")).not.toContain(undefined);
    expect(values("kept")).not.toContain(undefined);
  });

  it("ends every series of a target that goes away, and takes it up when it comes back", async () => {
    const handler = plain(() => "a 1\n");
    const address = await serve(handler);
    const { scraper, values, logged } = start([job(address)]);
    await until(() => values("up").length > 0);
    const server = servers.pop()!;
    server.closeAllConnections();
    server.close();
    await until(() =>
      values("up")
        .slice(-2)
        .every((value) => value === 0),
    );
    expect(values("a").at(-1)).toBeUndefined();
    expect(values("a").filter((value) => value === undefined)).toHaveLength(1);
    expect(scraper.targets()[0]).toMatchObject({
      health: "down",
      lastProblem: expect.stringContaining("ECONNREFUSED"),
    });
    await serve(handler, Number(address.split(":")[1]));
    await until(() => values("up").at(-1) === 1);
    expect(values("a").at(-1)).toBe(1);
    expect(logged.filter((line) => line.includes("cannot be scraped"))).toHaveLength(1);
    expect(logged.filter((line) => line.includes("is back"))).toHaveLength(1);
  });

  it("ends everything of a target that is removed, and at the end; the others are not disturbed", async () => {
    const [one, two] = [await serve(plain(() => "a 1\n")), await serve(plain(() => "a 1\n"))];
    const { scraper, rows } = start([job(one), job(two, { name: "other" })]);
    const staleOf = (address: string) =>
      rows.filter(({ series, value }) => value === undefined && series.includes(address)).length;
    await until(() => rows.filter(({ series }) => series.startsWith("up")).length >= 4);
    await scraper.update({ jobs: [job(two, { name: "other" })] });
    expect(staleOf(one)).toBe(6);
    expect(staleOf(two)).toBe(0);
    expect(scraper.targets()).toMatchObject([{ job: "other", health: "up" }]);
    await scraper.stop();
    expect(staleOf(two)).toBe(6);
    const last = rows.length;
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(rows).toHaveLength(last);
  });

  it("gives up on a slow target in time, and never asks twice at once", async () => {
    let open = 0;
    let most = 0;
    const address = await serve((request, response) => {
      open += 1;
      most = Math.max(most, open);
      response.on("close", () => (open -= 1));
      response.write("a 1\n");
    });
    const { scraper, values } = start([job(address)]);
    await until(() => values("up").length >= 3);
    expect(values("up").every((value) => value === 0)).toBe(true);
    expect(values("scrape_duration_seconds").every((value) => value! < 1)).toBe(true);
    expect(scraper.targets()[0]?.lastProblem).toBe("no whole answer within 0.08 s");
    expect(most).toBe(1);
  });

  it.each<[string, Handler, string]>([
    ["a page", (_, response) => response.setHeader("content-type", "text/html").end("<html>"), "text/html"],
    ["a malformed line", plain(() => "a 1\nb x\n"), 'line 2: "x" is not a number: "b x"'],
    ["an error", (_, response) => response.writeHead(503).end("a 1"), "503 Service Unavailable"],
    ["too much", plain(() => "a 1\n".repeat(300_000)), "longer than 1000000 bytes"],
    [
      "too much once it is decompressed",
      (_, response) => response.setHeader("content-encoding", "gzip").end(HUGE),
      "longer than 1000000 bytes",
    ],
    ["bytes that are no text", (_, response) => response.end(Buffer.from([0x61, 0xff, 0x20, 0x31])), "UTF-8"],
    [
      "an unknown compression",
      (_, response) => response.setHeader("content-encoding", "br").end("a 1"),
      '"br"',
    ],
    [
      "a broken compression",
      (_, response) => response.setHeader("content-encoding", "gzip").end("a 1"),
      "header",
    ],
    [
      "half an answer",
      (_, response) => response.setHeader("content-length", 100).write("a 1\n", () => response.destroy()),
      "",
    ],
    [
      "redirects without end",
      (_, response) => response.writeHead(302, { location: "/x" }).end(),
      "redirects",
    ],
  ])("fails as a whole on %s", async (_, handler, problem) => {
    const address = await serve(handler);
    const { scraper, values } = start([job(address, { intervalMs: 500, timeoutMs: 500 })]);
    await until(() => values("up").length > 0);
    expect(values("up")[0]).toBe(0);
    expect(values("a")).toEqual([]);
    expect(scraper.targets()[0]?.lastProblem).toContain(problem);
  });

  it("reads gzip, follows redirects, and keeps to the limit of samples", async () => {
    const address = await serve((request, response) => {
      if (request.url === "/metrics") return void response.writeHead(301, { location: "/real" }).end();
      response.setHeader("content-encoding", "gzip").end(gzipSync("a 1\nb 2\n"));
    });
    const free = start([job(address)]);
    await until(() => free.values("a").length > 0);
    const limited = start([job(address, { sampleLimit: 1 })]);
    await until(() => limited.values("up").length > 0);
    expect(limited.values("up")[0]).toBe(0);
    expect(limited.scraper.targets()[0]?.lastProblem).toContain("limit of 1 (sampleLimit)");
  });

  it("sends the token as it is in the file now, and shows it nowhere", async () => {
    const tokenFile = join(folder, "token");
    await writeFile(tokenFile, "planted-secret-1\n");
    const seen = new Set<string | undefined>();
    const elsewhere = await serve((request, response) => {
      seen.add(`elsewhere ${request.headers.authorization}`);
      response.end();
    });
    const address = await serve((request, response) => {
      seen.add(request.headers.authorization);
      if (seen.size > 2) response.writeHead(302, { location: `http://${elsewhere}/` }).end();
      else response.writeHead(401).end();
    });
    const { scraper, values, logged } = start([
      job(`http://${address}/metrics?key=planted-secret-3`, { bearerTokenFile: tokenFile }),
    ]);
    await until(() => values("up").length > 0);
    await writeFile(tokenFile, "planted-secret-2");
    await until(() => seen.size === 2);
    await writeFile(tokenFile, "planted-secret-4");
    await until(() => seen.has("elsewhere undefined"));
    expect([...seen].slice(0, 2)).toEqual(["Bearer planted-secret-1", "Bearer planted-secret-2"]);
    await writeFile(tokenFile, "planted-\nsecret");
    await until(() => scraper.targets()[0]?.lastProblem?.includes("more than one line") === true);
    await rm(tokenFile);
    await until(() => scraper.targets()[0]?.lastProblem?.includes("ENOENT") === true);
    expect(JSON.stringify([logged, scraper.targets()])).not.toContain("planted");
  });

  it("sends a name and password where a job has them", async () => {
    const passwordFile = join(folder, "password");
    await writeFile(passwordFile, "planted-secret");
    const seen: (string | undefined)[] = [];
    const address = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.end("a 1\n");
    });
    const { values } = start([job(address, { basicAuth: { username: "me", passwordFile } })]);
    await until(() => values("a").length > 0);
    expect(seen[0]).toBe(`Basic ${Buffer.from("me:planted-secret").toString("base64")}`);
  });

  it("speaks TLS, and trusts whom it is told to", async () => {
    const { ca, cert, key } = await createLocalCertificate();
    const address = await listen(
      createTlsServer(
        { cert, key },
        plain(() => "a 1\n"),
      ) as Server,
    );
    const caFile = join(folder, "ca.pem");
    await writeFile(caFile, ca);
    const url = `https://${address}/metrics`;
    const more = { timeoutMs: 1_000, intervalMs: 1_000 };
    const results = await Promise.all(
      [
        {},
        { caFile },
        { caFile, serverName: "localhost" },
        { caFile, serverName: "shop.example" },
        { insecureSkipVerify: true },
      ].map(async (tls) => {
        const { values, scraper } = start([job(url, { ...more, tls })]);
        await until(() => values("up").length > 0);
        return scraper.targets()[0]?.lastProblem ?? "fine";
      }),
    );
    expect(results).toEqual([
      expect.stringMatching(/self.signed|verify/),
      "fine",
      "fine",
      expect.stringContaining("shop.example"),
      "fine",
    ]);
  });

  it("leaves labels as the target has them where it is told to", async () => {
    const address = await serve(plain(() => 'a{instance="inner",exported_job="x",job=""} 1\n'));
    const honoring = start([job(address, { honorLabels: true })]);
    const not = start([job(address)]);
    await until(() => honoring.values("a").length > 0 && not.values("a").length > 0);
    expect(honoring.of("a")[0]?.series).toBe('a{exported_job="x", instance="inner", job="shop"}');
    expect(not.of("a")[0]?.series).toBe(
      `a{exported_instance="inner", exported_job="x", instance="${address}", job="shop"}`,
    );
  });

  it("takes starts of counters from _created lines, exemplars once, and metadata by the series' names", async () => {
    const openMetrics = `# TYPE a counter
# HELP a Things.
a_total{x="1"} 5 # {trace_id="abc"} 1
a_total{x="2"} 6
a_created{x="1"} 1605281325.5
# TYPE h histogram
h_bucket{le="1"} 1
h_bucket{le="+Inf"} 2 # {trace_id="def"} 3 1605281325.0
h_count 2
h_sum 3
h_created 1605281326
# TYPE g gauge
g 1
# TYPE g_created gauge
g_created 3
# EOF
`;
    const address = await serve((_, response) =>
      response
        .setHeader("content-type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
        .end(openMetrics),
    );
    const { of, values, metadata, exemplars } = start([job(address)]);
    await until(() => values("g_created").length >= 2);
    expect(
      of("a_total")
        .slice(0, 2)
        .map(({ startMs }) => startMs),
    ).toEqual([1605281325500, 0]);
    expect(
      of("h_")
        .slice(0, 4)
        .map(({ startMs }) => startMs),
    ).toEqual(Array(4).fill(1605281326000));
    expect(of("a_created")).toEqual([]);
    expect(of("g").every(({ startMs }) => startMs === 0)).toBe(true);
    expect(values("scrape_samples_scraped")[0]).toBe(8);
    expect(metadata).toContainEqual({ metric: "a_total", type: "counter", unit: "", help: "Things." });
    expect(metadata).toHaveLength(4);
    expect(exemplars).toHaveLength(2);
    expect(exemplars[0]).toContain('x="1"} {trace_id="abc"} 1');
  });

  it("reads a real client", async () => {
    const registry = new Registry();
    const registers = [registry];
    new Counter({ name: "jobs_total", help: "j", registers }).inc(3);
    new Histogram({ name: "took_seconds", help: "t", buckets: [1], registers }).observe(0.5);
    const address = await serve((_, response) => {
      void registry
        .metrics()
        .then((text) => response.setHeader("content-type", registry.contentType).end(text));
    });
    const { values } = start([job(address)]);
    await until(() => values("jobs_total").length > 0);
    expect(values("jobs_total")[0]).toBe(3);
    expect(values("took_seconds_sum")[0]).toBe(0.5);
  });

  it("says which samples it leaves out: the same twice, and series that are refused", async () => {
    const long = "x".repeat(5_000);
    const address = await serve(plain(() => `a 1\na 2\nb{x="${long}"} 1\n`));
    const { scraper, values } = start([job(address)]);
    await until(() => values("up").length > 1);
    expect(values("a")[0]).toBe(1);
    expect(scraper.targets()[0]).toMatchObject({
      health: "up",
      lastProblem: "1 samples are beyond the limits of series or labels; 1 samples are there twice",
    });
    expect(values("scrape_samples_scraped")[0]).toBe(3);
    expect(values("scrape_samples_post_metric_relabeling")[0]).toBe(1);
  });

  it("submits again when the store is away, and says so when samples are lost", async () => {
    const address = await serve(plain(() => "a 1\n"));
    let submits = 0;
    const retried = start([job(address)], () =>
      ++submits <= 2
        ? { kind: "failed", reason: "the store is away", retryAfterMs: 1 }
        : { kind: "committed" },
    );
    await until(() => retried.values("a").length > 0);
    expect(retried.logged.join()).not.toContain("lost");
    const lost = start([job(address)], () => ({
      kind: "failed",
      reason: "the store is away",
      retryAfterMs: 1,
    }));
    await until(() => lost.logged.join().includes("lost"));
    expect(lost.scraper.targets()[0]?.lastProblem).toContain("the store is away");
  });

  it("takes a scrape of 100,000 series within a second or so", async () => {
    const lines = Array.from(
      { length: 100_000 },
      (_, i) => `a_total{path="/some/path/${i}",code="200"} ${i}\n`,
    );
    const address = await serve(plain(() => lines.join("")));
    const { values } = start([job(address, { intervalMs: 2_000, timeoutMs: 2_000, bodyLimitBytes: 1e8 })]);
    await until(() => values("a_total").length > 0);
    expect(values("a_total")).toHaveLength(100_000);
    expect(values("scrape_duration_seconds")[0]).toBeLessThan(2);
  }, 10_000);
});

describe("times of scrapes", () => {
  it("are spread over the interval, and stay the same for a target", () => {
    const config = {
      jobs: [
        {
          ...job("http://x"),
          intervalMs: 10_000,
          targets: Array.from({ length: 200 }, (_, i) => `http://host${i}:80/`),
        },
      ],
    };
    const offsets = [...scrapeTargets(config).values()].map(({ offsetMs }) => offsetMs);
    expect([...scrapeTargets(config).values()].map(({ offsetMs }) => offsetMs)).toEqual(offsets);
    expect(Math.min(...offsets)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...offsets)).toBeLessThan(10_000);
    expect(offsets.filter((offset) => offset < 5_000).length).toBeGreaterThan(60);
    expect(offsets.filter((offset) => offset >= 5_000).length).toBeGreaterThan(60);
  });

  it("are the offset plus whole intervals, always ahead", () => {
    expect(nextScrapeMs(100_000, 15_000, 3_000)).toBe(108_000);
    expect(nextScrapeMs(108_000, 15_000, 3_000)).toBe(123_000);
    expect(nextScrapeMs(107_999, 15_000, 3_000)).toBe(108_000);
  });
});
