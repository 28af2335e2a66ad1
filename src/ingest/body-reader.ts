import { Readable } from "node:stream";
import {
  createGunzip,
  createInflate,
  createInflateRaw,
  type Gunzip,
  type Inflate,
  type InflateRaw,
} from "node:zlib";
import { type BodyStream, type BrokenBody, readNodeStream, readWebStream } from "./body-stream.ts";

export interface BodyLimits {
  /** Bytes as they come over the wire. */
  readonly compressedBytes: number;
  /** Bytes after decompression. */
  readonly bytes: number;
  /** From the headers to the last byte; a body that takes longer would hold its share of the memory. */
  readonly timeoutMs: number;
}

export interface BodyRequest {
  /** Node's own stream where it is at hand: it takes a fraction of the time of a web stream. */
  readonly body: ReadableStream<Uint8Array> | Readable | null;
  /** The Content-Encoding header. */
  readonly contentEncoding: string | undefined;
}

export type BodyResult =
  | { readonly kind: "read"; readonly bytes: Uint8Array }
  | {
      readonly kind: "too_large";
      readonly limitBytes: number;
      readonly stage: "before decompression" | "after decompression";
    }
  | { readonly kind: "bad_encoding"; readonly message: string }
  | { readonly kind: "unsupported_encoding"; readonly encoding: string }
  | BrokenBody
  /** `admit` said no. */
  | { readonly kind: "refused" };

type Decompressor = Gunzip | Inflate | InflateRaw;
type Coding = "identity" | "gzip" | "deflate";

/** The coding that a Content-Encoding header names, or undefined when it is not one that is understood here. */
export function contentCoding(header: string | undefined): Coding | undefined {
  const name = (header ?? "").trim().toLowerCase();
  if (name === "" || name === "identity") return "identity";
  if (name === "gzip" || name === "x-gzip") return "gzip";
  return name === "deflate" ? "deflate" : undefined;
}

/**
 * Reads a request body to its end, decompressing as it comes. `admit` is asked for every piece of decompressed bytes
 * before it is kept. Stops at the first limit: neither a long body nor a small one that grows is ever held beyond it.
 */
export async function readBody(
  request: BodyRequest,
  limits: BodyLimits,
  admit: (bytes: number) => boolean,
): Promise<BodyResult> {
  const coding = contentCoding(request.contentEncoding);
  if (coding === undefined) {
    return { kind: "unsupported_encoding", encoding: request.contentEncoding ?? "" };
  }
  if (request.body === null) return { kind: "read", bytes: new Uint8Array(0) };
  const reader =
    request.body instanceof Readable
      ? readNodeStream(request.body, limits.timeoutMs)
      : readWebStream(request.body, limits.timeoutMs);
  try {
    const kept = createKeptBytes(limits.bytes, admit);
    return coding === "identity"
      ? await readPlain(reader, limits, kept)
      : await readCompressed(reader, coding, limits, kept);
  } finally {
    reader.release();
  }
}

type Stop = Exclude<BodyResult, { kind: "read" }>;

interface KeptBytes {
  /** Keeps a piece, or says why not. */
  keep(piece: Uint8Array): Stop | undefined;
  result(): BodyResult;
}

function createKeptBytes(limitBytes: number, admit: (bytes: number) => boolean): KeptBytes {
  const pieces: Uint8Array[] = [];
  let total = 0;
  return {
    keep(piece) {
      total += piece.length;
      if (total > limitBytes) return { kind: "too_large", limitBytes, stage: "after decompression" };
      if (!admit(piece.length)) return { kind: "refused" };
      pieces.push(piece);
      return undefined;
    },
    result: () => ({ kind: "read", bytes: pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, total) }),
  };
}

async function readPlain(reader: BodyStream, limits: BodyLimits, kept: KeptBytes): Promise<BodyResult> {
  const limitBytes = Math.min(limits.compressedBytes, limits.bytes);
  let total = 0;
  for (;;) {
    const piece = await reader.next();
    if (piece === undefined) return kept.result();
    if (!(piece instanceof Uint8Array)) return piece;
    total += piece.length;
    if (total > limitBytes) return { kind: "too_large", limitBytes, stage: "before decompression" };
    const stop = kept.keep(piece);
    if (stop !== undefined) return stop;
  }
}

async function readCompressed(
  reader: BodyStream,
  coding: "gzip" | "deflate",
  limits: BodyLimits,
  kept: KeptBytes,
): Promise<BodyResult> {
  let inflating: Inflating | undefined;
  let total = 0;
  try {
    for (;;) {
      const piece = await reader.next();
      if (piece === undefined) break;
      if (!(piece instanceof Uint8Array)) return piece;
      if (piece.length === 0) continue;
      total += piece.length;
      if (total > limits.compressedBytes) {
        return { kind: "too_large", limitBytes: limits.compressedBytes, stage: "before decompression" };
      }
      inflating ??= startInflating(createDecompressor(coding, piece[0]!), kept);
      await inflating.write(piece);
      const stop = inflating.stopped();
      if (stop !== undefined) return stop;
    }
    if (inflating === undefined) return kept.result();
    await inflating.end();
    return inflating.stopped() ?? kept.result();
  } finally {
    inflating?.destroy();
  }
}

const OUTPUT_CHUNK_BYTES = 64 * 1024;

/** `deflate` means the zlib format; some senders leave its header out, which the first byte gives away. */
function createDecompressor(coding: "gzip" | "deflate", firstByte: number): Decompressor {
  const options = { chunkSize: OUTPUT_CHUNK_BYTES };
  if (coding === "gzip") return createGunzip(options);
  return (firstByte & 0x0f) === 8 ? createInflate(options) : createInflateRaw(options);
}

interface Inflating {
  /** Resolves when the piece has been taken in, or when inflating has stopped. */
  write(piece: Uint8Array): Promise<void>;
  /** Resolves when all output is there, or when inflating has stopped. */
  end(): Promise<void>;
  stopped(): Stop | undefined;
  destroy(): void;
}

function startInflating(engine: Decompressor, kept: KeptBytes): Inflating {
  let stop: Stop | undefined;
  const closed = new Promise<void>((resolve) => {
    engine.once("close", resolve);
  });
  engine.on("data", (piece: Buffer) => {
    if (stop !== undefined) return;
    stop = kept.keep(piece);
    if (stop !== undefined) engine.destroy();
  });
  engine.on("error", (error: Error) => {
    stop ??= { kind: "bad_encoding", message: error.message };
  });
  return {
    async write(piece) {
      const taken = new Promise<void>((resolve) => {
        engine.write(piece, () => resolve());
      });
      await Promise.race([taken, closed]);
    },
    async end() {
      engine.end();
      await closed;
    },
    stopped: () => stop,
    destroy: () => void engine.destroy(),
  };
}
