import { Agent, request } from "node:http";
import { encodeWriteV1 } from "../../src/ingest/remote-write/sample-write.ts";
import { snappyEncode } from "../../src/ingest/remote-write/snappy-encode.ts";
import type { BenchResult } from "./main.ts";
import { peersAtHand, startPeer } from "./peer-process.ts";
import type { Peer } from "./peer-process.ts";

const SERIES = 100_000;
const SERIES_PER_BODY = 2_000;
const KNOWN_PASSES = 5;
/** As many connections as Prometheus opens at most unless told otherwise (max_shards), and a few. */
const MANY_SENDERS = 50;
const FEW_SENDERS = 4;
const WARM_UP_SERIES = 20_000;

/**
 * Remote write 1.0, the same bodies to every server: 100,000 series of 12 labels, 2,000 samples a body; the first pass
 * is the first sight of each series, the others find them known. Before that, other series warm the server up.
 */
export async function benchRemoteWrite(): Promise<BenchResult> {
  const figures: Record<string, number> = {};
  const firstMs = Date.now() - 12 * 15_000;
  const pass = (number: number) => bodiesOf(SERIES, firstMs + number * 15_000, "production-eu-central-1");
  const warmUp = bodiesOf(WARM_UP_SERIES, firstMs, "warm-up");
  const first = [pass(0)];
  const known = Array.from({ length: KNOWN_PASSES }, (_, i) => pass(1 + i));
  const slow = Array.from({ length: KNOWN_PASSES }, (_, i) => pass(1 + KNOWN_PASSES + i));
  for (const name of peersAtHand()) {
    const peer = await startPeer(name);
    try {
      await send(peer.writeUrl, warmUp, MANY_SENDERS);
      await measure(peer, "first sight", first, MANY_SENDERS, figures);
      await measure(peer, "known", known, MANY_SENDERS, figures);
      await measure(peer, `known, ${FEW_SENDERS} senders`, slow, FEW_SENDERS, figures);
      figures[`${name}, RSS MB`] = Math.round(peer.residentBytes() / 1_048_576);
    } finally {
      await peer.stop();
    }
  }
  return { name: "ingest", figures };
}

function bodiesOf(series: number, timeMs: number, cluster: string): Buffer[] {
  return Array.from({ length: series / SERIES_PER_BODY }, (_, body) =>
    snappyEncode(
      encodeWriteV1({
        series: Array.from({ length: SERIES_PER_BODY }, (_unused, i) => {
          const n = body * SERIES_PER_BODY + i;
          return { labels: labelsOf(n, cluster), samples: [{ timeMs, value: valueOf(n, timeMs) }] };
        }),
      }),
    ),
  );
}

function labelsOf(n: number, cluster: string): [string, string][] {
  return [
    ["__name__", `http_server_requests_total_${n % 50}`],
    ["cluster", cluster],
    ["code", String(200 + (n % 5) * 100)],
    ["container", "application"],
    ["instance", `10.0.${n % 250}.${n % 199}:9100`],
    ["job", `payment-${n % 40}`],
    ["method", n % 3 === 0 ? "GET" : "POST"],
    ["namespace", `payments-${n % 20}`],
    ["pod", `payment-api-7f9c${n % 1_000}-x2x9z`],
    ["region", "eu-central-1"],
    ["route", `/api/v1/payments/${n}`],
    ["version", "2026.11.0"],
  ];
}

/** 40 % counters, 30 % constants, 20 % gauges with two decimals, 10 % noise. */
function valueOf(n: number, timeMs: number): number {
  const step = timeMs / 15_000;
  const wave = Math.sin(n * 1.7 + step * 0.3);
  switch (n % 10) {
    case 0:
    case 1:
    case 2:
    case 3:
      return n * 1_000 + Math.floor((step % 1_000_000) * (1 + (n % 97)));
    case 4:
    case 5:
    case 6:
      return n;
    case 7:
    case 8:
      return Math.round(5_000 + 1_000 * wave) / 100;
    default:
      return Math.sin(n * step);
  }
}

async function measure(
  peer: Peer,
  what: string,
  passes: readonly (readonly Buffer[])[],
  senders: number,
  figures: Record<string, number>,
): Promise<void> {
  const cpuBefore = peer.cpuSeconds();
  const startMs = performance.now();
  for (const bodies of passes) await send(peer.writeUrl, bodies, senders);
  const seconds = (performance.now() - startMs) / 1_000;
  const samples = passes.length * SERIES;
  figures[`${peer.name}, ${what}, samples/s`] = Math.round(samples / seconds);
  const cpu = (peer.cpuSeconds() - cpuBefore) / (samples / 1e6);
  figures[`${peer.name}, ${what}, CPU s per million`] = Math.round(cpu * 100) / 100;
}

async function send(url: string, bodies: readonly Buffer[], senders: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: senders });
  const waiting = [...bodies];
  await Promise.all(
    Array.from({ length: senders }, async () => {
      for (let body = waiting.shift(); body !== undefined; body = waiting.shift()) {
        const status = await post(agent, url, body);
        if (status !== 204) throw new Error(`${url} answered ${status}`);
      }
    }),
  );
  agent.destroy();
}

/** Not `fetch`: the sender shares the machine with what is measured. */
function post(agent: Agent, url: string, body: Buffer): Promise<number> {
  const headers = {
    "content-type": "application/x-protobuf",
    "content-encoding": "snappy",
    "content-length": body.length,
    "x-prometheus-remote-write-version": "0.1.0",
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method: "POST", headers }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode ?? 0));
    });
    sent.on("error", reject).end(body);
  });
}
