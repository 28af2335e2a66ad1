import { sendTraces, traceBody, type TestSpan } from "../spans.ts";

/** Requests that services answer, told to the service as spans twice a second. */
export interface Traffic {
  /** From now on all of its requests fail, all go well, or none come. */
  set(service: string, mode: "failing" | "healthy" | "silent"): void;
  stop(): void;
}

const EVERY_MS = 500;
const SPANS = 10;

/** `target`: where spans are taken now; undefined while nobody takes any. */
export function createTraffic(target: () => string | undefined): Traffic {
  const modes = new Map<string, "failing" | "healthy">();
  const send = (): void => {
    const url = target();
    if (url === undefined || modes.size === 0) return;
    const endMs = Date.now();
    const spans = [...modes].flatMap(([service, mode]): TestSpan[] =>
      Array.from({ length: SPANS }, () => ({ service, status: mode === "failing" ? 500 : 200, endMs })),
    );
    // A process that was killed takes none: the next second brings others.
    sendTraces(url, traceBody(spans)).catch(() => {});
  };
  const timer = setInterval(send, EVERY_MS);
  return {
    set: (service, mode) => {
      if (mode === "silent") modes.delete(service);
      else modes.set(service, mode);
    },
    stop: () => clearInterval(timer),
  };
}
