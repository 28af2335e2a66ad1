import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SILENT_LOG } from "../../self/log.ts";
import { DEFAULT_SERIES_LIMITS } from "../series-limits.ts";
import { createSeriesTable } from "../series-table.ts";
import { encodeWriteV1, encodeWriteV2 } from "./sample-write.ts";
import { anyWrite, WRITE_NOW_MS } from "./sample-write-arbitrary.ts";
import { createWriteDecoder } from "./write-decoder.ts";
import { DEFAULT_WRITE_LIMITS } from "./write-limits.ts";

type Change = readonly [kind: number, at: number, byte: number];

/** Overwrites a byte, flips a bit, cuts, leaves out or repeats a piece. */
function changed(body: Buffer, changes: readonly Change[]): Buffer {
  let bytes = Buffer.from(body);
  for (const [kind, where, byte] of changes) {
    if (bytes.length === 0) break;
    const at = where % bytes.length;
    if (kind === 0) bytes[at] = byte;
    else if (kind === 1) bytes[at]! ^= 1 << (byte & 7);
    else if (kind === 2) bytes = bytes.subarray(0, at);
    else if (kind === 3) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + (byte % 16))]);
    else bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - byte))]);
  }
  return bytes;
}

const anyChanges = fc.array(fc.tuple(fc.nat(4), fc.nat(100_000), fc.nat(255)), {
  minLength: 1,
  maxLength: 5,
});

describe.each([
  ["1.0", encodeWriteV1],
  ["2.0", encodeWriteV2],
] as const)("malformed bodies of remote write %s", (version, encode) => {
  it("are an error or samples that are valid, never a crash, 20,000 times", () => {
    const table = createSeriesTable(DEFAULT_SERIES_LIMITS, SILENT_LOG);
    const decoder = createWriteDecoder(table, DEFAULT_WRITE_LIMITS);
    let malformed = 0;
    let decoded = 0;
    fc.assert(
      fc.property(anyWrite, fc.array(anyChanges, { minLength: 20, maxLength: 20 }), (request, variants) => {
        const body = encode(request);
        for (const changes of variants) {
          const result = decoder.decode(version, changed(body, changes), WRITE_NOW_MS);
          if (result.kind === "malformed") {
            malformed += 1;
            continue;
          }
          decoded += 1;
          const { floats, histograms, exemplars } = result.batch;
          for (let i = 0; i < floats.count; i += 1)
            expect(table.labels(floats.series[i]!)).toContain("__name__");
          for (const row of [...histograms, ...exemplars])
            expect(table.labels(row.series)).toContain("__name__");
        }
        // What came before must not spoil what is valid.
        const valid = decoder.decode(version, body, WRITE_NOW_MS);
        const samples = request.series.reduce((sum, one) => sum + one.samples!.length, 0);
        expect(valid.kind === "decoded" && valid.batch.floats.count).toBe(samples);
      }),
      { numRuns: 1_000 },
    );
    expect(malformed).toBeGreaterThan(1_000);
    expect(decoded).toBeGreaterThan(1_000);
  }, 120_000);

  it("are an error or nothing when they are random", () => {
    const table = createSeriesTable(DEFAULT_SERIES_LIMITS, SILENT_LOG);
    const decoder = createWriteDecoder(table, DEFAULT_WRITE_LIMITS);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(["decoded", "malformed"]).toContain(decoder.decode(version, bytes, WRITE_NOW_MS).kind);
      }),
      { numRuns: 5_000 },
    );
  });
});
