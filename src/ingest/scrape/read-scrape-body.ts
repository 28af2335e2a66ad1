import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { pipeline } from "node:stream";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";

export type BodyText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: string };

/** The text of an answer, decompressed. Rejects when the connection breaks or is aborted. */
export async function readScrapeBody(answer: IncomingMessage, limitBytes: number): Promise<BodyText> {
  const encoding = (answer.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  if (encoding !== "gzip" && encoding !== "identity") {
    answer.destroy();
    return {
      ok: false,
      problem: `the answer is compressed with ${JSON.stringify(encoding)}, which was not asked for`,
    };
  }
  const stream: Readable = encoding === "gzip" ? pipeline(answer, createGunzip(), () => {}) : answer;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limitBytes) {
      answer.destroy();
      return { ok: false, problem: `the answer is longer than ${limitBytes} bytes (bodyLimit)` };
    }
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks, bytes);
  if (!isUtf8(body)) return { ok: false, problem: "the answer is not valid UTF-8" };
  return { ok: true, text: body.toString() };
}
