import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadSpecs } from "../load-specs.ts";
import { expandPresets } from "./expand-presets.ts";

/** A document with these annotations, each without our prefix. */
function slo(annotations: Readonly<Record<string, string>>, spec = "", name = "shop-slo"): string {
  const lines = Object.entries(annotations).map(
    ([key, value]) => `    noroshi.dev/${key}: ${JSON.stringify(value)}\n`,
  );
  return `apiVersion: openslo/v1
kind: SLO
metadata:
  name: ${name}
  annotations:
${lines.join("")}spec:
  service: shop
  objectives: [{target: 0.99}]
${spec}`;
}

const load = (text: string) => loadSpecs([{ path: "a.yaml", text }]);

/** `path: message > hint` of everything that is said. */
function said(text: string): readonly string[] {
  const short = (path: string) => path.replace(/metadata\.annotations\["noroshi\.dev\/(.*)"\]/, "@$1");
  return load(text).diagnostics.map(({ path, message, hint }) => `${short(path)}: ${message} > ${hint}`);
}

describe("a preset", () => {
  const folder = "test/presets";
  const written = readFileSync(`${folder}/presets.yaml`, "utf8");
  const golden = readFileSync(`${folder}/presets.openslo.yaml`, "utf8");

  it("is written out as in test/presets, comments included", () => {
    const { files, failed, diagnostics } = expandPresets([{ path: "presets.yaml", text: written }]);
    expect({ failed, diagnostics }).toEqual({ failed: 0, diagnostics: [] });
    expect(files[0]!.text).toBe(golden);
  });

  it("loads to the same SLOs as what it stands for, with the same history", () => {
    const [short, long] = [load(written), load(golden)].map(({ slos }) =>
      slos.map(({ name, target, indicator, alerts, window, method, service }) => ({
        name,
        target,
        indicator,
        alerts,
        window,
        method,
        service,
      })),
    );
    expect(short).toEqual(long);
    expect(short!.length).toBeGreaterThan(8);
    expect(load(golden).diagnostics).toEqual([]);
  });

  it("needs neither a window nor a budgeting method, and takes those that are written", () => {
    const plain = load(slo({ preset: "http-availability" }));
    expect(plain.diagnostics).toEqual([]);
    expect(plain.slos[0]).toMatchObject({ windowMs: 30 * 86_400_000, method: { kind: "occurrences" } });
    const own = load(
      slo({ preset: "http-availability" }, "  timeWindow: [{duration: 7d, isRolling: true}]\n"),
    );
    expect(own.slos[0]!.windowMs).toBe(7 * 86_400_000);
  });

  it("stands beside other annotations and several objectives", () => {
    const { slos, diagnostics } = load(
      slo({
        preset: "consumer-lag",
        "preset-metric": "jobs_waiting",
        "preset-threshold": "0",
        "alert-tiers": "page-quick",
        owner: "shop",
      }).replace("[{target: 0.99}]", "[{target: 0.99}, {displayName: strict, target: 0.999}]"),
    );
    expect(diagnostics).toEqual([]);
    expect(slos.map(({ name }) => name)).toEqual(["shop-slo", "shop-slo-strict"]);
    expect(slos[1]).toMatchObject({
      owner: "shop",
      target: 0.999,
      alerts: [{ tiers: [{ name: "page-quick" }] }],
    });
    expect(new Set(slos.map(({ indicator }) => indicator.id)).size).toBe(1);
  });

  it("cannot be led out of its query by what it is told", () => {
    const text = slo({
      preset: "http-latency",
      "preset-threshold": "1.5s",
      "preset-route": '/a" || true || "x\\',
    }).replace("service: shop", `service: 'sh"op'`);
    const [found] = load(text).slos;
    expect(found!.indicator).toMatchObject({
      total: expect.stringContaining(String.raw`span.http.route = "/a\" || true || \"x\\"`) as unknown,
      select: { outcome: "good", query: "{ duration <= 1500ms }" },
    });
    expect(found!.indicator).toMatchObject({
      total: expect.stringContaining(String.raw`resource.service.name = "sh\"op"`) as unknown,
    });
  });
});

describe("what is wrong with a preset", () => {
  it.each([
    [
      { preset: "http-availabilty" },
      ['@preset: "http-availabilty" is not a preset > did you mean "http-availability"?'],
    ],
    [
      { preset: "http-latency" },
      [
        "@preset: http-latency needs noroshi.dev/preset-threshold > write noroshi.dev/preset-threshold: with 300ms, the slowest answer that is a good one",
      ],
    ],
    [
      { preset: "http-latency", "preset-threshold": "300" },
      ['@preset-threshold: "300" is not a length of time > write the unit: 300ms, 300s, 300m …'],
    ],
    [
      { preset: "http-latency", "preset-treshold": "300ms" },
      [
        '@preset-treshold: noroshi.dev/preset-treshold is not a parameter of a preset > did you mean "noroshi.dev/preset-threshold"?',
      ],
    ],
    [
      { preset: "grpc-availability", "preset-route": "/x" },
      [
        "@preset-route: noroshi.dev/preset-route is not a parameter of grpc-availability > leave it out; grpc-availability takes noroshi.dev/preset-source, noroshi.dev/preset-method, noroshi.dev/preset-metric, noroshi.dev/preset-job",
      ],
    ],
    [
      { preset: "grpc-availability", "preset-source": "logs" },
      ['@preset-source: "logs" is not a source > write traces or metrics'],
    ],
    [
      { preset: "http-availability", "preset-job": "x" },
      [
        "@preset-job: noroshi.dev/preset-job has no meaning for traces > write noroshi.dev/preset-source: metrics, or leave it out",
      ],
    ],
    [
      {
        preset: "http-availability",
        "preset-source": "metrics",
        "preset-metric": "http_server_duration_millisecond",
      },
      [
        '@preset-metric: no preset knows the metric "http_server_duration_millisecond" > did you mean "http_server_duration_milliseconds"?; of another one write spec.indicator with queries of your own',
      ],
    ],
    [
      { preset: "consumer-lag", "preset-metric": "kafka_consumergroup_lag", "preset-threshold": "10" },
      [
        "@preset-metric: kafka_consumergroup_lag has the lag of every consumer group, not of shop alone > write noroshi.dev/preset-group: with the consumer group of shop",
      ],
    ],
    [
      { preset: "consumer-lag", "preset-metric": "kafka.lag", "preset-threshold": "1k" },
      [
        '@preset-metric: "kafka.lag" is not the name of a metric > write it as it is stored, e.g. kafka_lag',
        '@preset-threshold: "1k" is not a number of messages > write a whole number, e.g. "1000"',
      ],
    ],
    [
      { preset: "freshness", "preset-metric": "x_timestamp_seconds", "preset-max-age": "5s" },
      [
        "@preset-max-age: a freshness below a minute cannot be told > write 1m or more: it is asked every 30 s",
      ],
    ],
    [
      { "preset-route": "/x" },
      [
        "@preset-route: noroshi.dev/preset-route stands there without noroshi.dev/preset > write noroshi.dev/preset: with one of http-availability, http-latency, grpc-availability, consumer-lag, freshness",
      ],
    ],
  ])("is said with what to write: %o", (annotations, expected) => {
    expect(said(slo(annotations as Readonly<Record<string, string>>))).toEqual(expected);
  });

  it("is a threshold between the buckets that a histogram usually has", () => {
    const latency = { preset: "http-latency", "preset-source": "metrics" };
    expect(said(slo({ ...latency, "preset-threshold": "300ms" }))).toEqual([
      "@preset-threshold: 300ms is none of the usual boundaries of http_server_request_duration_seconds, and only at those requests are counted > write 250ms or 500ms, unless the SDK is told to have a bucket at 300ms",
    ]);
    expect(said(slo({ ...latency, "preset-threshold": "0.25s" }))).toEqual([]);
    const spring = { ...latency, "preset-metric": "http_server_requests_seconds" };
    expect(said(slo({ ...spring, "preset-threshold": "300ms" }))).toEqual([]);
  });

  it("is an indicator beside it, and a comparison that it makes itself", () => {
    expect(said(slo({ preset: "http-availability" }, "  indicatorRef: x\n"))[0]).toContain(
      "noroshi.dev/preset stands beside spec.indicatorRef",
    );
    const composite = slo({ preset: "http-availability" }).replace("{target", "{indicatorRef: x, target");
    expect(said(composite)).toContain(
      "@preset: noroshi.dev/preset stands beside spec.objectives[0].indicatorRef > keep one of the two; `noroshi convert --expand-presets` writes the queries of a preset out",
    );
    const lag = { preset: "consumer-lag", "preset-metric": "a", "preset-threshold": "1" };
    expect(said(slo(lag).replace("{target", "{op: lt, target"))).toEqual([
      "spec.objectives[0]: the preset says op already > leave op out of the objective",
    ]);
  });

  it("is left as it is when presets are written out, and reported", () => {
    const { files, failed, diagnostics } = expandPresets([
      { path: "a.yaml", text: slo({ preset: "http-latency" }) },
      {
        path: "b.yaml",
        text: `${slo({ preset: "http-availability" }, "", "other")}---\n${slo({ preset: "freshness" }, "", "third")}`,
      },
    ]);
    expect(files.map(({ path, slos }) => ({ path, slos }))).toEqual([{ path: "b.yaml", slos: 1 }]);
    expect(files[0]!.text).toContain('noroshi.dev/preset: "freshness"');
    expect(failed).toBe(2);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toHaveLength(3);
  });
});
