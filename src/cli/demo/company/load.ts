import { pickWeighted, hexId } from "../random.ts";
import type { Random } from "../random.ts";
import { splitEndpoint } from "./blueprint.ts";

/** What customers do, and how often. */
const JOURNEYS = [
  { weight: 44, endpoint: "POST /api/checkout" },
  { weight: 16, endpoint: "GET /api/payments/{paymentId}" },
  { weight: 10, endpoint: "POST /api/payments/{paymentId}/refunds" },
  { weight: 10, endpoint: "GET /api/wallet" },
  { weight: 10, endpoint: "POST /api/wallet/top-ups" },
  { weight: 10, endpoint: "POST /api/payouts" },
] as const;

const TICK_MS = 50;
/** Beyond this the machine is too slow for the load; customers who would wait are not sent. */
const MAX_IN_FLIGHT = 64;

export interface LoadOptions {
  readonly entryUrl: () => string;
  readonly requestsPerSecond: number;
  readonly random: Random;
}

export interface Load {
  readonly sent: () => number;
  /** Sends no more and waits for the answers that are due. */
  stop(): Promise<void>;
}

/** Customers: requests at an uneven but steady rate, in real time, until stopped. */
export function startLoad(options: LoadOptions): Load {
  const inFlight = new Set<Promise<void>>();
  let due = 0;
  let sent = 0;
  const timer = setInterval(() => {
    due += options.random() * 2 * options.requestsPerSecond * (TICK_MS / 1_000);
    for (; due >= 1; due -= 1) {
      if (inFlight.size >= MAX_IN_FLIGHT) continue;
      sent += 1;
      const request: Promise<void> = visit(options)
        .catch(() => {})
        .finally(() => inFlight.delete(request));
      inFlight.add(request);
    }
  }, TICK_MS);
  return {
    sent: () => sent,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(inFlight);
    },
  };
}

async function visit(options: LoadOptions): Promise<void> {
  const { method, path } = splitEndpoint(pickWeighted(options.random, JOURNEYS).endpoint);
  const url = options.entryUrl() + path.replace(/\{\w+\}/g, () => hexId(options.random, 8));
  const response = await fetch(url, { method, signal: AbortSignal.timeout(30_000) });
  await response.arrayBuffer();
}
