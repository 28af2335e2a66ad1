import type { Readable } from "node:stream";

/** Why a body cannot be read any further. */
export type BrokenBody =
  /** The sender went away. */
  { readonly kind: "aborted" } | { readonly kind: "too_slow"; readonly timeoutMs: number };

/** A request's body, piece by piece. */
export interface BodyStream {
  /** The next piece; undefined at the end. */
  next(): Promise<Uint8Array | BrokenBody | undefined>;
  /** Stops reading, without tearing down the connection: the answer is still to be written. */
  release(): void;
}

/** Reads a web stream. `timeoutMs` is for the whole of it. */
export function readWebStream(stream: ReadableStream<Uint8Array>, timeoutMs: number): BodyStream {
  const reader = stream.getReader();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<BrokenBody>((resolve) => {
    timer = setTimeout(() => resolve({ kind: "too_slow", timeoutMs }), timeoutMs);
  });
  const read = async (): Promise<Uint8Array | BrokenBody | undefined> => {
    try {
      const { done, value } = await reader.read();
      return done ? undefined : value;
    } catch {
      return { kind: "aborted" };
    }
  };
  return {
    next: () => Promise.race([read(), late]),
    release: () => {
      clearTimeout(timer);
      reader.releaseLock();
    },
  };
}

const EVENTS = ["readable", "end", "error", "close"] as const;
const ignore = (): void => {};

/** Reads Node's own stream of bytes. `timeoutMs` is for the whole of it. */
export function readNodeStream(stream: Readable, timeoutMs: number): BodyStream {
  let isLate = false;
  let wake = (): void => {};
  const woken = (): void => wake();
  for (const event of EVENTS) stream.on(event, woken);
  // Stays: an error that comes after the last read must not end the process.
  stream.on("error", ignore);
  const timer = setTimeout(() => {
    isLate = true;
    wake();
  }, timeoutMs);
  const next = async (): Promise<Uint8Array | BrokenBody | undefined> => {
    for (;;) {
      const piece = stream.read() as Buffer | null;
      if (piece !== null) return piece;
      if (stream.readableEnded) return undefined;
      if (stream.destroyed) return { kind: "aborted" };
      if (isLate) return { kind: "too_slow", timeoutMs };
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  return {
    next,
    release: () => {
      clearTimeout(timer);
      for (const event of EVENTS) stream.off(event, woken);
    },
  };
}
