import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { labelsKey, labelsOf, type Labels } from "../model/labels.ts";
import { HOUR_MS } from "../model/time.ts";
import { type Log, SILENT_LOG } from "../self/log.ts";
import { DEFAULT_SERIES_LIMITS, type SeriesLimits } from "./series-limits.ts";
import { createSeriesTable } from "./series-table.ts";

const table = (limits: Partial<SeriesLimits> = {}, log: Log = SILENT_LOG) =>
  createSeriesTable({ ...DEFAULT_SERIES_LIMITS, ...limits }, log);
const series = (metric: string, ...pairs: (readonly [string, string])[]): Labels =>
  labelsOf([["__name__", metric], ...pairs]);

describe("series table", () => {
  it("gives equal labels one dense number, and different labels different ones", () => {
    const labels = fc.uniqueArray(fc.tuple(fc.string({ minLength: 1 }), fc.string({ minLength: 1 })), {
      selector: ([name]) => name,
      maxLength: 6,
    });
    fc.assert(
      fc.property(fc.array(labels, { maxLength: 40 }), (sets) => {
        const own = table();
        const expected = new Map<string, number>();
        for (const set of sets.flatMap((set) => [set, set])) {
          const one = series("m", ...set.filter(([name]) => name !== "__name__"));
          const key = JSON.stringify(one);
          if (!expected.has(key)) expected.set(key, expected.size);
          const ref = own.refOf([...one], 1);
          expect(ref).toBe(expected.get(key));
          expect(own.labels(ref)).toEqual(one);
        }
        expect(own.stats().active).toBe(expected.size);
      }),
    );
  });

  it("has ids that depend on the labels alone: the first 8 bytes of their SHA-256", () => {
    const own = table();
    const labels = series("up", ["job", "größe"]);
    const expected = createHash("sha256").update(labelsKey(labels), "utf8").digest().readBigUInt64BE(0);
    expect(own.id(own.refOf(labels, 0))).toBe(expected);
  });

  it("works ids out of labels of any length and alphabet", () => {
    const own = table({ maxLabelValueBytes: 100_000 });
    const text = fc.oneof(fc.string({ minLength: 1 }), fc.string({ unit: "grapheme", minLength: 1 }));
    const value = fc
      .tuple(text, fc.constantFrom(1, 3, 20_000))
      .map(([one, times]) => one.repeat(times).slice(0, 30_000));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 3 }), (values) => {
        const labels = series("m", ...values.map((one, i) => [`l${i}`, one] as const));
        const ref = own.refOf(labels, 0);
        if (ref < 0) return;
        const expected = createHash("sha256").update(labelsKey(labels), "utf8").digest().readBigUInt64BE(0);
        expect(own.id(ref)).toBe(expected);
        expect(own.refOf([...labels], 0)).toBe(ref);
        expect(own.refOfOwn([...labels], 0)).toBe(ref);
      }),
    );
  });

  it.each([
    ["no_metric_name", ["job", "a"], `"__name__"|metric name`],
    ["no_metric_name", [], "metric name"],
    ["no_metric_name", ["__name__", ""], "metric name"],
    ["empty_label_name", ["", "x", "__name__", "m"], "empty name"],
    ["empty_label_value", ["__name__", "m", "a", ""], '"a"'],
    ["unsorted_labels", ["__name__", "m", "b", "1", "a", "1"], '"a"'],
    ["duplicate_label", ["__name__", "m", "b", "1", "b", "1"], '"b"'],
    ["invalid_text", ["__name__", "m", "b", "\ud800"], '"b"'],
    ["invalid_text", ["__name__", "m", "b", "x\uffffc\uffffd"], '"b"'],
    ["label_name_too_long", ["__name__", "m", "n".repeat(513), "1"], "512 bytes"],
    ["label_value_too_long", ["__name__", "m", "b", "ü".repeat(2_049)], "4096 bytes"],
  ])("refuses labels as %s and names the label", (reason, labels, text) => {
    const own = table();
    const code = own.refOf(labels, 0);
    expect(code).toBeLessThan(0);
    expect(own.refusal(code, labels).reason).toBe(reason);
    expect(own.refusal(code, labels).message).toMatch(new RegExp(text));
    expect(own.stats().refused[reason as "no_metric_name"]).toBe(1);
    expect(own.stats().active).toBe(0);
  });

  it("refuses more labels than the limit, and takes as many", () => {
    const own = table({ maxLabels: 3 });
    expect(own.refOf(["__name__", "m", "a", "1", "b", "1"], 0)).toBe(0);
    const code = own.refOf(["__name__", "m", "a", "1", "b", "1", "c", "1"], 0);
    expect(own.refusal(code, []).reason).toBe("too_many_labels");
  });

  it("lets a metric that floods take no room of another one, and what is known go on", () => {
    const own = table({ maxSeriesPerMetric: 10, maxSeries: 12 });
    for (let i = 0; i < 10; i += 1) expect(own.refOf(series("flood", ["i", String(i)]), 0)).toBe(i);
    const flooding = series("flood", ["i", "10"]);
    expect(own.refusal(own.refOf(flooding, 0), flooding)).toMatchObject({
      reason: "too_many_series_of_metric",
      message: expect.stringContaining('metric "flood" has 10 series') as string,
    });
    expect(own.refOf(series("calm"), 0)).toBe(10);
    expect(own.refOf(series("calm", ["i", "1"]), 0)).toBe(11);
    const last = series("calm", ["i", "2"]);
    expect(own.refusal(own.refOf(last, 0), last).reason).toBe("too_many_series");
    expect(own.refOf(series("flood", ["i", "3"]), 0)).toBe(3);
  });

  it("logs the limit of all series once, whatever metrics come", () => {
    const lines: unknown[] = [];
    const series1 = table(
      { maxSeries: 1 },
      { ...SILENT_LOG, warn: (_message, fields) => lines.push(fields) },
    );
    for (let i = 0; i < 10; i += 1) series1.refOf(series(`metric${i}`), 0);
    expect(lines).toHaveLength(1);
  });

  it("logs a metric and reason once, however many series are refused", () => {
    const lines: unknown[] = [];
    const own = table(
      { maxSeriesPerMetric: 1 },
      { ...SILENT_LOG, warn: (_message, fields) => lines.push(fields) },
    );
    for (let i = 0; i < 1_000; i += 1) own.refOf(series(`m${i % 2}`, ["i", String(i)]), 0);
    expect(lines).toHaveLength(2);
    expect(own.stats().refused.too_many_series_of_metric).toBe(998);
  });

  it("forgets series that were not seen for the idle time, and gives their numbers to others one sweep later", () => {
    const own = table({ maxSeries: 3 });
    const told: number[] = [];
    own.onForget((ref) => told.push(ref));
    own.refOf(series("a"), 0);
    own.refOf(series("b"), 0);
    own.refOf(series("c"), HOUR_MS);
    own.touch(1, HOUR_MS);
    own.sweep(2 * HOUR_MS + 1);
    expect(told).toEqual([0]);
    expect(own.stats().active).toBe(2);
    expect(own.labels(0)).toEqual(series("a"));
    expect(own.refOf(series("d"), 2 * HOUR_MS)).toBe(3);
    own.sweep(2 * HOUR_MS + 2);
    own.touch(1, 3 * HOUR_MS);
    own.sweep(3 * HOUR_MS + 1);
    expect(told).toEqual([0, 2]);
    expect(own.refOf(series("a"), 3 * HOUR_MS)).toBe(0);
    expect(own.id(0)).toBe(own.id(own.refOf(series("a"), 3 * HOUR_MS)));
    expect(own.refOf(series("b"), 3 * HOUR_MS)).toBe(1);
    expect(own.refEnd()).toBe(4);
  });

  it("stays right and small while series come and go", () => {
    const own = table();
    let clock = 0;
    for (let round = 0; round < 20; round += 1) {
      const refs = new Set<number>();
      for (let i = 0; i < 3_000; i += 1)
        refs.add(own.refOf(series("m", ["round", String(round)], ["i", String(i)]), clock));
      expect(refs.size).toBe(3_000);
      expect(own.stats().active).toBe(3_000);
      clock += 3 * HOUR_MS;
      own.sweep(clock);
      expect(own.stats().active).toBe(0);
    }
    expect(own.refEnd()).toBe(6_000);
  });
});
