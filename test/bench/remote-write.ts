import { remoteWriteBody } from "../acceptance/remote-write-body.ts";
import type { BenchResult } from "./main.ts";
import { peersAtHand, startPeer } from "./peer-process.ts";
import type { Peer } from "./peer-process.ts";

const SERIES = 100_000;
const SERIES_PER_BODY = 2_000;
const PASSES = 6;
const SENDERS = 4;

/**
 * Remote write 1.0, the same bodies to every server: 100,000 series of 12 labels, 2,000 samples a body; the first pass
 * is the first sight of each series, the others find them known.
 */
export async function benchRemoteWrite(): Promise<BenchResult> {
  const figures: Record<string, number> = {};
  const firstMs = Date.now() - PASSES * 15_000;
  const passes = Array.from({ length: PASSES }, (_, pass) => bodiesOf(firstMs + pass * 15_000));
  for (const name of peersAtHand()) {
    const peer = await startPeer(name);
    try {
      const [first, ...known] = passes;
      await measure(peer, "first sight", [first!], figures);
      await measure(peer, "known", known, figures);
      figures[`${name}, RSS MB`] = Math.round(peer.residentBytes() / 1_048_576);
    } finally {
      await peer.stop();
    }
  }
  return { name: "ingest", figures };
}

function bodiesOf(timeMs: number): Buffer[] {
  return Array.from({ length: SERIES / SERIES_PER_BODY }, (_, body) =>
    remoteWriteBody(
      Array.from({ length: SERIES_PER_BODY }, (_, i) => {
        const n = body * SERIES_PER_BODY + i;
        return { labels: labelsOf(n), samples: [[timeMs, n + timeMs / 1_000]] as const };
      }),
    ),
  );
}

function labelsOf(n: number): Record<string, string> {
  return {
    __name__: `http_server_requests_total_${n % 50}`,
    job: `payment-${n % 40}`,
    instance: `10.0.${n % 250}.${n % 199}:9100`,
    cluster: "production-eu-central-1",
    namespace: `payments-${n % 20}`,
    pod: `payment-api-7f9c${n % 1_000}-x2x9z`,
    container: "application",
    route: `/api/v1/payments/${n}`,
    method: n % 3 === 0 ? "GET" : "POST",
    code: String(200 + (n % 5) * 100),
    version: "2026.11.0",
    region: "eu-central-1",
  };
}

async function measure(
  peer: Peer,
  what: string,
  passes: readonly (readonly Buffer[])[],
  figures: Record<string, number>,
): Promise<void> {
  const cpuBefore = peer.cpuSeconds();
  const startMs = performance.now();
  for (const bodies of passes) await send(peer.writeUrl, bodies);
  const seconds = (performance.now() - startMs) / 1_000;
  const samples = passes.length * SERIES;
  figures[`${peer.name}, ${what}, samples/s`] = Math.round(samples / seconds);
  const cpu = (peer.cpuSeconds() - cpuBefore) / (samples / 1e6);
  figures[`${peer.name}, ${what}, CPU s per million`] = Math.round(cpu * 100) / 100;
}

async function send(url: string, bodies: readonly Buffer[]): Promise<void> {
  const waiting = [...bodies];
  await Promise.all(
    Array.from({ length: SENDERS }, async () => {
      for (let body = waiting.shift(); body !== undefined; body = waiting.shift()) {
        const status = await post(url, body);
        if (status !== 204) throw new Error(`${url} answered ${status}`);
      }
    }),
  );
}

async function post(url: string, body: Buffer): Promise<number> {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/x-protobuf",
      "content-encoding": "snappy",
      "x-prometheus-remote-write-version": "0.1.0",
    },
    body,
  });
  await response.arrayBuffer();
  return response.status;
}
