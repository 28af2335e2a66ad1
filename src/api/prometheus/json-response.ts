import { Readable, pipeline } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { createGzip, gzipSync } from "node:zlib";
import type { Context } from "hono";

/** What is sent at once; an answer that is not longer is sent whole. */
const PIECE_LENGTH = 65_536;
/** Smaller answers gain nothing from compression. */
const GZIP_FROM_LENGTH = 1_024;
/** Answers compress well at the lowest level, and more would only take time. */
const GZIP = { level: 1 };
/** After so long others have a turn. */
const TURN_MS = 10;

/** Answers 200 with JSON that comes in parts: long answers delay nobody, and are never in memory whole. */
export function jsonResponse(c: Context, parts: Iterable<string>): Response {
  const pieces = inPieces(parts);
  const first = pieces.next().value ?? "";
  const second = pieces.next();
  const gzip = takesGzip(c.req.header("accept-encoding")) && first.length >= GZIP_FROM_LENGTH;
  const headers = {
    "content-type": "application/json",
    vary: "Accept-Encoding",
    ...(gzip ? { "content-encoding": "gzip" } : {}),
  };
  if (second.done === true) {
    return gzip ? c.body(new Uint8Array(gzipSync(first, GZIP)), 200, headers) : c.body(first, 200, headers);
  }
  const plain = Readable.from(inTurns([first, second.value], pieces), { objectMode: false });
  // Its end, whether by error or because the client went away, ends both.
  const body = gzip ? pipeline(plain, createGzip(GZIP), () => undefined) : plain;
  return c.body(Readable.toWeb(body) as ReadableStream, 200, headers);
}

/** Joins small parts. */
function* inPieces(parts: Iterable<string>): Generator<string, undefined> {
  let piece = "";
  for (const part of parts) {
    piece += part;
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

async function* inTurns(first: readonly string[], rest: Iterable<string>): AsyncGenerator<Buffer> {
  for (const piece of first) yield Buffer.from(piece);
  let since = performance.now();
  for (const piece of rest) {
    yield Buffer.from(piece);
    if (performance.now() - since < TURN_MS) continue;
    await turn();
    since = performance.now();
  }
}

function takesGzip(accepted = ""): boolean {
  return accepted.split(",").some((coding) => /^\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/i.test(coding));
}
