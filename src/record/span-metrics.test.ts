import { describe, expect, it } from "vitest";
import { labelsText } from "../model/labels.ts";
import { fakeSpans } from "./fake-spans.ts";
import { DEFAULT_SPAN_METRICS_LIMITS, createSpanMetrics } from "./span-metrics.ts";
import type { SpanMetrics } from "./span-metrics.ts";

const MINUTE = 60_000;
const rowsAt = (metrics: SpanMetrics, atMs: number) =>
  new Map(
    [...metrics.rows(atMs)].map(({ labels, value, startMs }) => [labelsText(labels), { value, startMs }]),
  );
const CALLS =
  'traces_spanmetrics_calls_total{service="shop", span_kind="SPAN_KIND_SERVER", span_name="GET /", status_code="STATUS_CODE_UNSET"}';
const latency = (suffix: string, le = ""): string =>
  `traces_spanmetrics_latency_${suffix}{${le === "" ? "" : `le="${le}", `}service="shop", span_kind="SPAN_KIND_SERVER", span_name="GET /", status_code="STATUS_CODE_UNSET"}`;

describe("span metrics", () => {
  it("count calls and latencies under Tempo's names, from zero at the write before the first span", () => {
    const metrics = createSpanMetrics(0);
    metrics.observe(
      fakeSpans([
        { service: "shop", ms: 2 },
        { service: "shop", ms: 2.1 },
        { service: "shop", ms: 20_000 },
      ]),
    );
    const rows = rowsAt(metrics, MINUTE);
    expect(rows.size).toBe(18);
    expect(rows.get(CALLS)).toEqual({ value: 3, startMs: 0 });
    expect(rows.get(latency("bucket", "0.002"))?.value).toBe(1);
    expect(rows.get(latency("bucket", "0.004"))?.value).toBe(2);
    expect(rows.get(latency("bucket", "16.384"))?.value).toBe(2);
    expect(rows.get(latency("bucket", "+Inf"))?.value).toBe(3);
    expect(rows.get(latency("sum"))?.value).toBeCloseTo(20.0041);
    expect(rows.get(latency("count"))?.value).toBe(3);
    metrics.observe(fakeSpans([{ service: "shop" }, { service: "cart" }]));
    const later = rowsAt(metrics, 2 * MINUTE);
    expect(later.get(CALLS)).toEqual({ value: 4, startMs: 0 });
    expect(later.get(CALLS.replace("shop", "cart"))).toEqual({ value: 1, startMs: MINUTE + 1 });
  });

  it("show the slowest span since the last write in its bucket, and each counter in turn where they are many", () => {
    const metrics = createSpanMetrics(0);
    metrics.observe(
      fakeSpans([
        { service: "shop", ms: 3 },
        { service: "shop", ms: 90_000 },
        { service: "shop", ms: 7 },
      ]),
    );
    const exemplarsAt = (atMs: number) =>
      [...metrics.rows(atMs)].flatMap(({ labels, exemplar }) =>
        exemplar === undefined ? [] : [{ series: labelsText(labels), ...exemplar }],
      );
    expect(exemplarsAt(MINUTE)).toEqual([
      {
        series: latency("bucket", "+Inf"),
        value: 90,
        timeMs: expect.any(Number),
        labels: [
          "span_id",
          expect.stringMatching(/^[0-9a-f]{16}$/),
          "trace_id",
          expect.stringMatching(/^[0-9a-f]{32}$/),
        ],
      },
    ]);
    expect(exemplarsAt(2 * MINUTE)).toEqual([]);
    const many = Array.from({ length: 450 }, (_, i) => ({ service: "shop", name: `n${i}` }));
    metrics.observe(fakeSpans(many));
    const shown = [3, 4, 5].flatMap((minute) => exemplarsAt(minute * MINUTE));
    expect(shown.length).toBe(450);
    expect(new Set(shown.map(({ series }) => series)).size).toBe(450);
  });

  it("keep kinds and statuses apart, and leave empty labels out", () => {
    const metrics = createSpanMetrics(0);
    metrics.observe(
      fakeSpans([
        { service: "shop", kind: "client", status: "error" },
        { service: "shop", kind: "internal", status: "ok" },
        { service: "", name: "", kind: "unspecified" },
      ]),
    );
    const calls = [...rowsAt(metrics, MINUTE).keys()].filter((series) => series.includes("calls_total"));
    expect(calls).toEqual([
      'traces_spanmetrics_calls_total{service="shop", span_kind="SPAN_KIND_INTERNAL", span_name="GET /", status_code="STATUS_CODE_OK"}',
      'traces_spanmetrics_calls_total{service="shop", span_kind="SPAN_KIND_CLIENT", span_name="GET /", status_code="STATUS_CODE_ERROR"}',
      'traces_spanmetrics_calls_total{span_kind="SPAN_KIND_UNSPECIFIED", status_code="STATUS_CODE_UNSET"}',
    ]);
  });

  it("count names beyond the limits as other, and services too, and lose no span", () => {
    const metrics = createSpanMetrics(0, { maxServices: 2, maxNamesPerService: 3, maxCounters: 100 });
    const spans = Array.from({ length: 10 }, (_, i) => ({ service: "shop", name: `GET /${i}` }));
    metrics.observe(fakeSpans([...spans, { service: "cart" }, { service: "third" }, { service: "fourth" }]));
    const calls = [...rowsAt(metrics, MINUTE)].filter(([series]) => series.includes("calls_total"));
    expect(calls).toHaveLength(4 + 1 + 1);
    expect(calls.reduce((sum, [, { value }]) => sum + value!, 0)).toBe(13);
    expect(
      calls.find(([series]) => series.includes('service="shop"') && series.includes('"other"'))?.[1].value,
    ).toBe(7);
    expect(calls.find(([series]) => series.includes('service="other"'))?.[1].value).toBe(2);
    expect(metrics.stats()).toEqual({ counters: 6, overflowedSpans: 7 });
  });

  it("stay below the number of counters that there may be, but for one name a service", () => {
    const metrics = createSpanMetrics(0, { ...DEFAULT_SPAN_METRICS_LIMITS, maxCounters: 5 });
    for (let i = 0; i < 100; i += 1) metrics.observe(fakeSpans([{ service: "shop", name: `GET /${i}` }]));
    expect(metrics.stats()).toEqual({ counters: 6, overflowedSpans: 95 });
  });

  it("end a counter that is idle, which makes room, and begin anew from zero", () => {
    const metrics = createSpanMetrics(0);
    metrics.observe(fakeSpans([{ service: "shop" }]));
    for (let minute = 1; minute <= 15; minute += 1) {
      expect(rowsAt(metrics, minute * MINUTE).get(CALLS)?.value).toBe(1);
    }
    const ends = rowsAt(metrics, 16 * MINUTE);
    expect(ends.size).toBe(18);
    expect([...ends.values()].every(({ value }) => value === undefined)).toBe(true);
    expect(rowsAt(metrics, 17 * MINUTE).size).toBe(0);
    expect(metrics.stats().counters).toBe(0);
    metrics.observe(fakeSpans([{ service: "shop" }]));
    expect(rowsAt(metrics, 18 * MINUTE).get(CALLS)).toEqual({ value: 1, startMs: 17 * MINUTE + 1 });
  });

  it("let spans arrive while they are written, without a counter whose series disagree", () => {
    const metrics = createSpanMetrics(0);
    metrics.observe(fakeSpans([{ service: "shop" }, { service: "cart" }]));
    const values = new Map<string, number>();
    for (const { labels, value } of metrics.rows(MINUTE)) {
      metrics.observe(fakeSpans([{ service: "cart" }, { service: "new" }]));
      values.set(labelsText(labels), value!);
    }
    for (const service of ["shop", "cart"]) {
      const calls = values.get(CALLS.replace("shop", service));
      expect(values.get(latency("bucket", "+Inf").replace("shop", service))).toBe(calls);
      expect(values.get(latency("count").replace("shop", service))).toBe(calls);
    }
    expect(values.has(CALLS.replace("shop", "new"))).toBe(false);
  });

  it("take 100,000 spans in a small part of a second", () => {
    const metrics = createSpanMetrics(0);
    const batch = fakeSpans(
      Array.from({ length: 10_000 }, (_, i) => ({
        service: `s${i % 20}`,
        name: `GET /${i % 97}`,
        ms: i % 50,
      })),
    );
    const started = performance.now();
    for (let i = 0; i < 10; i += 1) metrics.observe(batch);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
