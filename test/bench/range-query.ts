import { remoteWrite } from "../acceptance/remote-write.ts";
import type { TestSeries } from "../acceptance/remote-write.ts";
import type { BenchResult } from "./main.ts";
import { peersAtHand, startPeer } from "./peer-process.ts";

const HOUR_MS = 3_600_000;
const SERIES = 1_000;
const HOURS = 24;
const STEP_MS = 60_000;
const RUNS = 5;

const QUERIES: Readonly<Record<string, string>> = {
  "sum by rate": "sum by (job) (rate(requests_total[5m]))",
  histogram_quantile: "histogram_quantile(0.99, sum by (le) (rate(latency_seconds_bucket[5m])))",
  topk: "topk(5, rate(requests_total[5m]))",
  "30-day increase": "sum(increase(requests_total[30d]))",
};

/** Range queries over 1,000 series and 24 hours at 60 s, median of five: the same data in every server. */
export async function benchRangeQueries(): Promise<BenchResult> {
  const figures: Record<string, number> = {};
  const endMs = Math.floor(Date.now() / STEP_MS) * STEP_MS;
  for (const name of peersAtHand()) {
    const peer = await startPeer(name);
    try {
      // An hour a body: older samples of a series never come after newer ones.
      for (let hour = HOURS; hour > 0; hour -= 1) {
        const status = await remoteWrite(peer.writeUrl, seriesOf(endMs - hour * HOUR_MS));
        if (status !== 204) throw new Error(`${name} answered ${status} to remote write`);
      }
      // Others show what was written a little later.
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      for (const [what, query] of Object.entries(QUERIES)) {
        const form = {
          query,
          start: String((endMs - HOURS * HOUR_MS) / 1_000),
          end: String(endMs / 1_000),
          step: "60",
        };
        const times: number[] = [];
        for (let run = 0; run < RUNS; run += 1)
          times.push(await timeOf(`${peer.apiUrl}/api/v1/query_range`, form));
        figures[`${name}, ${what}, ms`] = Math.round(times.sort((a, b) => a - b)[Math.floor(RUNS / 2)]!);
      }
    } finally {
      await peer.stop();
    }
  }
  return { name: "query", figures };
}

const BUCKETS = ["0.1", "0.25", "0.5", "1", "+Inf"];

function seriesOf(fromMs: number): TestSeries[] {
  const times = Array.from({ length: HOUR_MS / STEP_MS }, (_, i) => fromMs + i * STEP_MS);
  const requests = Array.from({ length: SERIES / 2 }, (_, n) => ({
    labels: { __name__: "requests_total", job: `job-${n % 10}`, instance: `host-${n}:9100` },
    samples: times.map((timeMs) => [timeMs, Math.floor((timeMs / 1_000) * (1 + (n % 7)))] as const),
  }));
  const latencies = Array.from({ length: SERIES / 2 }, (_, n) => ({
    labels: {
      __name__: "latency_seconds_bucket",
      instance: `host-${Math.floor(n / BUCKETS.length)}:9100`,
      le: BUCKETS[n % BUCKETS.length]!,
    },
    samples: times.map(
      (timeMs) => [timeMs, Math.floor((timeMs / 1_000) * (1 + (n % BUCKETS.length)))] as const,
    ),
  }));
  return [...requests, ...latencies];
}

async function timeOf(url: string, form: Record<string, string>): Promise<number> {
  const startMs = performance.now();
  // A server's own cache would answer the second time.
  const response = await fetch(url, { method: "POST", body: new URLSearchParams({ ...form, nocache: "1" }) });
  const body = (await response.json()) as { status: string; error?: string; data: { result: unknown[] } };
  if (body.status !== "success" || body.data.result.length === 0)
    throw new Error(`${form["query"]}: ${body.error ?? "nothing found"}`);
  return performance.now() - startMs;
}
