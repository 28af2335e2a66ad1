import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type BodyLimits, type BodyResult, readBody } from "./body-reader.ts";

type StreamKind = "a web stream" | "Node's own stream";

const LIMITS: BodyLimits = { compressedBytes: 100_000, bytes: 200_000, timeoutMs: 10_000 };

/** A body in pieces, which counts how many of them were asked for; undefined among them: the sender goes away. */
function streamOf(pieces: readonly (Uint8Array | undefined)[], kind: StreamKind, ends = true) {
  let taken = 0;
  const next = (): { piece: Uint8Array | undefined; event: "piece" | "end" | "none" | "error" } => {
    const isEnd = taken >= pieces.length;
    const piece = pieces[taken];
    taken += 1;
    return { piece, event: isEnd ? (ends ? "end" : "none") : piece === undefined ? "error" : "piece" };
  };
  if (kind === "Node's own stream") {
    const node = new Readable({
      highWaterMark: 1,
      read() {
        const { piece, event } = next();
        if (event === "error") this.destroy(new Error("aborted"));
        else if (event !== "none") this.push(piece ?? null);
      },
    });
    return { body: node, taken: () => taken };
  }
  const web = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const { piece, event } = next();
        if (event === "error") controller.error(new Error("socket hang up"));
        else if (event === "end") controller.close();
        else if (piece !== undefined) controller.enqueue(piece);
      },
    },
    { highWaterMark: 0 },
  );
  return { body: web, taken: () => taken };
}

function inPieces(bytes: Uint8Array, size: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let i = 0; i < bytes.length; i += size) pieces.push(bytes.subarray(i, i + size));
  return pieces;
}

const DATA = Buffer.concat([randomBytes(20_000), Buffer.alloc(100_000, "noroshi ")]);

describe.each<StreamKind>(["a web stream", "Node's own stream"])("a request body, from %s", (kind) => {
  const read = (bytes: Uint8Array, contentEncoding?: string, pieceBytes = 1_000): Promise<BodyResult> =>
    readBody({ body: streamOf(inPieces(bytes, pieceBytes), kind).body, contentEncoding }, LIMITS, () => true);

  it.each([
    ["as it is", DATA.subarray(0, 90_000), undefined],
    ["as identity", DATA.subarray(0, 90_000), "identity"],
    ["gzip", gzipSync(DATA), "gzip"],
    ["x-gzip, in capitals", gzipSync(DATA), "X-GZIP"],
    [
      "gzip of several members",
      Buffer.concat([gzipSync(DATA.subarray(0, 50_000)), gzipSync(DATA.subarray(50_000))]),
      "gzip",
    ],
    ["deflate", deflateSync(DATA), "deflate"],
    ["deflate without its header", deflateRawSync(DATA), "deflate"],
  ])("is read whole: %s, in pieces of every size", async (_, sent, coding) => {
    const expected = coding === undefined || coding === "identity" ? sent : DATA;
    for (const size of [1_000, 65_536, 1_000_000]) {
      const result = await read(sent, coding, size);
      if (result.kind !== "read") throw new Error(result.kind);
      expect(Buffer.compare(result.bytes, expected)).toBe(0);
    }
    if (coding === "gzip") expect((await read(sent, coding, 1)).kind).toBe("read");
  });

  it.each([undefined, "gzip"])("is waited for no longer than allowed (%s)", async (contentEncoding) => {
    const first = gzipSync(DATA).subarray(0, 1_000);
    const { body } = streamOf([first], kind, false);
    const limits = { ...LIMITS, timeoutMs: 20 };
    expect(await readBody({ body, contentEncoding }, limits, () => true)).toEqual({
      kind: "too_slow",
      timeoutMs: 20,
    });
  });

  it("may be empty, in every encoding", async () => {
    for (const coding of [undefined, "gzip", "deflate"]) {
      expect(await readBody({ body: null, contentEncoding: coding }, LIMITS, () => true)).toMatchObject({
        kind: "read",
        bytes: { length: 0 },
      });
      expect(await read(new Uint8Array(0), coding)).toMatchObject({ kind: "read", bytes: { length: 0 } });
    }
    expect(await read(gzipSync(""), "gzip")).toMatchObject({ kind: "read", bytes: { length: 0 } });
  });

  it("is not read beyond the limit of bytes on the wire", async () => {
    for (const coding of [undefined, "gzip"]) {
      const bytes =
        coding === undefined ? randomBytes(500_000) : gzipSync(randomBytes(500_000), { level: 0 });
      const stream = streamOf(inPieces(bytes, 1_000), kind);
      const result = await readBody(
        { body: stream.body, contentEncoding: coding },
        { ...LIMITS, bytes: 10_000_000 },
        () => true,
      );
      expect(result).toEqual({ kind: "too_large", limitBytes: 100_000, stage: "before decompression" });
      expect(stream.taken()).toBeLessThanOrEqual(102);
    }
  });

  it.each([
    ["gzip", gzipSync(Buffer.alloc(50_000_000))],
    ["deflate", deflateSync(Buffer.alloc(50_000_000))],
    ["gzip", Buffer.concat(Array.from({ length: 400 }, () => gzipSync(Buffer.alloc(1_000))))],
  ])("that grows beyond the limit is given up at the limit (%s)", async (coding, bomb) => {
    let admitted = 0;
    const admit = (bytes: number) => {
      admitted += bytes;
      return true;
    };
    const result = await readBody(
      { body: streamOf([bomb], kind).body, contentEncoding: coding },
      LIMITS,
      admit,
    );
    expect(result).toEqual({ kind: "too_large", limitBytes: 200_000, stage: "after decompression" });
    expect(admitted).toBeLessThanOrEqual(200_000);
  });

  it("is given up as soon as there is no room for it", async () => {
    for (const [coding, bytes] of [
      ["gzip", gzipSync(Buffer.alloc(190_000))],
      [undefined, Buffer.alloc(90_000)],
    ] as const) {
      let room = 70_000;
      const admit = (bytes: number) => {
        if (bytes > room) return false;
        room -= bytes;
        return true;
      };
      const stream = streamOf(inPieces(bytes, 1_000), kind);
      expect(await readBody({ body: stream.body, contentEncoding: coding }, LIMITS, admit)).toEqual({
        kind: "refused",
      });
    }
  });

  it.each([
    ["is cut short", gzipSync(DATA).subarray(0, -5)],
    ["is cut short in its header", gzipSync(DATA).subarray(0, 5)],
    [
      "has a second member that is cut short",
      Buffer.concat([gzipSync(DATA), gzipSync(DATA).subarray(0, 100)]),
    ],
    ["has a wrong checksum", Buffer.concat([gzipSync(DATA).subarray(0, -8), Buffer.alloc(8, 1)])],
    ["is followed by something else", Buffer.concat([gzipSync(DATA), Buffer.from("garbage")])],
    ["is not gzip at all", DATA.subarray(0, 90_000)],
  ])("is bad when the gzip %s", async (_, sent) => {
    expect((await read(sent, "gzip")).kind).toBe("bad_encoding");
    expect((await read(sent, "gzip", 1_000_000)).kind).toBe("bad_encoding");
  });

  it("is not read in an encoding that is not known", async () => {
    expect(await read(DATA, "br")).toEqual({ kind: "unsupported_encoding", encoding: "br" });
    expect((await read(DATA, "gzip, gzip")).kind).toBe("unsupported_encoding");
  });

  it("ends as aborted when the sender goes away", async () => {
    for (const contentEncoding of [undefined, "gzip"]) {
      const pieces = inPieces(contentEncoding === "gzip" ? gzipSync(DATA) : DATA, 1_000);
      const { body } = streamOf([...pieces.slice(0, 3), undefined], kind);
      expect(await readBody({ body, contentEncoding }, LIMITS, () => true)).toEqual({ kind: "aborted" });
    }
  });
});
