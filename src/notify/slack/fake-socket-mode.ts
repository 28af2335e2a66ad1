import { createHash, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { isRecord } from "../pagerduty/validate-event.ts";

/** The server's side of Slack's Socket Mode, on 127.0.0.1. For tests. */
export interface FakeSocketMode {
  /** `ws://…`, as apps.connections.open gives it. */
  readonly url: string;
  /** Connections that said hello so far. */
  connected(): number;
  open(): number;
  /** Sends an interaction; resolves when it is acknowledged, false where nobody is connected. */
  interact(payload: unknown, envelopeId?: string): Promise<boolean>;
  /** Asks to connect anew, as Slack does each hour or so. */
  refresh(): void;
  /** Cuts every connection without a word. */
  cut(): void;
  close(): Promise<void>;
}

/** RFC 6455, section 1.3. */
const HANDSHAKE = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

export async function startFakeSocketMode(): Promise<FakeSocketMode> {
  const sockets = new Set<Socket>();
  const waiting = new Map<string, () => void>();
  let connected = 0;
  const server = createServer((_request, response) => response.writeHead(426).end());
  server.on("upgrade", (request, socket: Socket) => {
    const key = request.headers["sec-websocket-key"] ?? "";
    const accept = createHash("sha1").update(`${key}${HANDSHAKE}`).digest("base64");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    readFrames(socket, (text) => {
      const answer: unknown = JSON.parse(text);
      if (isRecord(answer)) waiting.get(String(answer["envelope_id"]))?.();
    });
    connected += 1;
    socket.write(frame(TEXT, JSON.stringify({ type: "hello", num_connections: 1 })));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const toAll = (message: unknown): void => {
    for (const socket of sockets) socket.write(frame(TEXT, JSON.stringify(message)));
  };
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `ws://127.0.0.1:${port}/link`,
    connected: () => connected,
    open: () => sockets.size,
    interact: (payload, envelopeId = randomUUID()) => {
      if (sockets.size === 0) return Promise.resolve(false);
      const acknowledged = new Promise<boolean>((resolve) => waiting.set(envelopeId, () => resolve(true)));
      toAll({ envelope_id: envelopeId, type: "interactive", accepts_response_payload: false, payload });
      return acknowledged;
    },
    refresh: () => toAll({ type: "disconnect", reason: "refresh_requested" }),
    cut,
    close: async () => {
      cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** A whole message from the server: not masked. */
function frame(opcode: number, text: string | Buffer): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  const head =
    length < 126
      ? Buffer.from([0x80 | opcode, length])
      : Buffer.from([0x80 | opcode, 126, length >> 8, length & 0xff]);
  if (length > 0xff_ff) throw new Error("the fake sends no longer messages");
  return Buffer.concat([head, payload]);
}

/** Reads the client's masked frames; answers pings and goodbyes. */
function readFrames(socket: Socket, onText: (text: string) => void): void {
  let pending = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (let read = nextFrame(pending); read !== undefined; read = nextFrame(pending)) {
      pending = pending.subarray(read.size);
      if (read.opcode === TEXT) onText(read.payload.toString("utf8"));
      if (read.opcode === PING) socket.write(frame(PONG, read.payload));
      if (read.opcode === CLOSE) socket.end(frame(CLOSE, read.payload));
    }
  });
}

function nextFrame(bytes: Buffer): { opcode: number; payload: Buffer; size: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes[1]! & 0x7f;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const maskAt = 2 + lengthBytes;
  if (bytes.length < maskAt + 4) return undefined;
  const length =
    lengthBytes === 0 ? short : lengthBytes === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  const size = maskAt + 4 + length;
  if (bytes.length < size) return undefined;
  const mask = bytes.subarray(maskAt, maskAt + 4);
  const payload = Buffer.from(bytes.subarray(maskAt + 4, size).map((byte, index) => byte ^ mask[index % 4]!));
  return { opcode: bytes[0]! & 0x0f, payload, size };
}
