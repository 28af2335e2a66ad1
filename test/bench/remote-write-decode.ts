import { DEFAULT_SERIES_LIMITS } from "../../src/ingest/series-limits.ts";
import { createSeriesTable } from "../../src/ingest/series-table.ts";
import {
  encodeWriteV1,
  encodeWriteV2,
  type SampleWrite,
} from "../../src/ingest/remote-write/sample-write.ts";
import { createSnappyDecoder } from "../../src/ingest/remote-write/snappy.ts";
import { snappyEncode } from "../../src/ingest/remote-write/snappy-encode.ts";
import { createWriteDecoder, type WriteVersion } from "../../src/ingest/remote-write/write-decoder.ts";
import { DEFAULT_WRITE_LIMITS } from "../../src/ingest/remote-write/write-limits.ts";
import { SILENT_LOG } from "../../src/self/log.ts";
import type { BenchResult } from "./main.ts";

const SERIES_PER_BODY = 2_000;
const BODIES = 50;
const ROUNDS = 40;
const BODY_BYTES = 64 * 1024 * 1024;

/** 12 labels, as the instances of a service have them; the value and the time change from round to round. */
function bodyOf(body: number, timeMs: number): SampleWrite {
  const series = [];
  for (let i = 0; i < SERIES_PER_BODY; i += 1) {
    const id = body * SERIES_PER_BODY + i;
    const labels: [string, string][] = [
      ["__name__", `http_requests_${id % 20}_total`],
      ["cluster", "production-eu-west-1"],
      ["code", String(200 + (id % 5))],
      ["container", "application"],
      ["endpoint", "http-metrics"],
      ["handler", `/api/v1/resource/${id % 97}`],
      ["instance", `10.${id >> 16}.${(id >> 8) & 255}.${id & 255}:9090`],
      ["job", "kubernetes-pods"],
      ["method", id % 2 === 0 ? "GET" : "POST"],
      ["namespace", `team-${id % 7}`],
      ["pod", `application-6f7d8c9b5-${id.toString(36).padStart(5, "0")}`],
      ["service", `application-${id % 11}`],
    ];
    series.push({ labels, samples: [{ timeMs, value: id * 1.5 + (timeMs % 1_000) }] });
  }
  return { series };
}

/** Snappy and decoding of remote write on one thread: series that are known, and series seen for the first time. */
export function benchRemoteWriteDecode(): Promise<BenchResult> {
  const figures: Record<string, number> = {};
  const nowMs = Date.now();
  const encoders = { "1.0": encodeWriteV1, "2.0": encodeWriteV2 };
  for (const version of ["1.0", "2.0"] as const) {
    const bodies = Array.from({ length: BODIES }, (_, i) =>
      snappyEncode(encoders[version](bodyOf(i, nowMs))),
    );
    // Once to warm up.
    measure(version, bodies, 1, nowMs);
    const measured = measure(version, bodies, ROUNDS, nowMs);
    for (const [name, value] of Object.entries(measured)) figures[`v${version} ${name}`] = Math.round(value);
  }
  return Promise.resolve({ name: "remote-write-decode", figures });
}

function measure(
  version: WriteVersion,
  bodies: readonly Buffer[],
  rounds: number,
  nowMs: number,
): Record<string, number> {
  const table = createSeriesTable(DEFAULT_SERIES_LIMITS, SILENT_LOG);
  const snappy = createSnappyDecoder();
  const decoder = createWriteDecoder(table, DEFAULT_WRITE_LIMITS);
  let bytes = 0;
  let snappyMs = 0;
  const round = () => {
    let samples = 0;
    for (const body of bodies) {
      const startMs = performance.now();
      const plain = snappy.decode(body, BODY_BYTES);
      if (plain.kind !== "decoded") throw new Error(plain.kind);
      snappyMs += performance.now() - startMs;
      bytes += plain.bytes.length;
      const decoded = decoder.decode(version, plain.bytes, nowMs);
      if (decoded.kind !== "decoded") throw new Error(decoded.message);
      samples += decoded.batch.floats.count;
    }
    return samples;
  };
  const firstCpu = process.cpuUsage();
  const firstMs = performance.now();
  const firstSamples = round();
  const knownMs = performance.now();
  const firstSeconds = secondsOf(process.cpuUsage(firstCpu));
  let samples = 0;
  bytes = 0;
  snappyMs = 0;
  const knownCpu = process.cpuUsage();
  for (let i = 0; i < rounds; i += 1) samples += round();
  const endMs = performance.now();
  const knownSeconds = secondsOf(process.cpuUsage(knownCpu));
  return {
    "first sight samples/s": (firstSamples / (knownMs - firstMs)) * 1_000,
    "first sight CPU ms per million": (firstSeconds / firstSamples) * 1e9,
    "known samples/s": (samples / (endMs - knownMs)) * 1_000,
    "known CPU ms per million": (knownSeconds / samples) * 1e9,
    "known samples/s without snappy": (samples / (endMs - knownMs - snappyMs)) * 1_000,
    "snappy bytes/s": (bytes / snappyMs) * 1_000,
    "bytes a sample": bytes / samples,
  };
}

const secondsOf = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1e6;
