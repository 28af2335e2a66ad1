import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CorrectionBody, CorrectionEffectBody } from "../api/correction-schema.ts";
import { addCorrection, listCorrections, removeCorrection } from "./corrections.ts";

const CORRECTION: CorrectionBody = {
  id: "0199c0de",
  name: "batch",
  reason: "nightly batch",
  author: "ops",
  slos: ["payment-*"],
  services: [],
  labels: { region: "eu" },
  start: "2026-02-01T01:00:00.000Z",
  end: "2026-02-01T03:00:00.000Z",
  rrule: "FREQ=WEEKLY;BYDAY=SU",
  timeZone: "Europe/Berlin",
  ends: "clock",
  mutes: false,
  inForce: true,
  active: false,
  next: { start: "2026-02-08T01:00:00.000Z", end: "2026-02-08T03:00:00.000Z" },
  matches: ["payment-availability"],
  source: {
    kind: "api",
    createdBy: "key:ops",
    createdAt: "2026-01-30T10:00:00.000Z",
    deletedBy: null,
    deletedAt: null,
  },
};
const EFFECT: CorrectionEffectBody = {
  slo: "payment-availability",
  removed: { goodEvents: 900, badEvents: 100, totalEvents: 1_000 },
  intervals: [],
  before: { sli: 0.99, remainingRatio: -0.5, remainingEvents: -50, state: "breached" },
  after: { sli: 0.9995, remainingRatio: 0.75, remainingEvents: 10, state: "met" },
};

let server: Server;
let url: string;
const asked: {
  method: string | undefined;
  path: string | undefined;
  body: string;
  key: string | undefined;
}[] = [];
let answer: { status: number; body: unknown };

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      asked.push({ method: request.method, path: request.url, body, key: request.headers.authorization });
      response.writeHead(answer.status, { "content-type": "application/json" });
      response.end(answer.body === undefined ? "" : JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

function output() {
  const written = { out: "", err: "" };
  const io = {
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
    isTerminal: false,
  };
  return { io, written };
}
const choice = () => ({ server: url, format: "text" as const, apiKey: "k" });

describe("noroshi corrections", () => {
  it("lists what is in force, and what it changes of one SLO", async () => {
    answer = { status: 200, body: { corrections: [{ ...CORRECTION, effect: EFFECT }] } };
    const { io, written } = output();
    expect(await listCorrections({ ...choice(), slo: "payment-availability" }, io)).toBe(0);
    expect(asked.at(-1)).toMatchObject({
      method: "GET",
      path: "/api/v1/corrections?slo=payment-availability",
      key: "Bearer k",
    });
    expect(written.out).toBe(`to come  nightly batch
  id          0199c0de
  when        2026-02-01 01:00:00 to 2026-02-01 03:00:00 UTC, again by FREQ=WEEKLY;BYDAY=SU (Europe/Berlin)
  next        2026-02-08 01:00:00 to 2026-02-08 03:00:00 UTC
  selects     SLOs payment-* and label region=eu: payment-availability
  by          ops (made by key:ops, 2026-01-30 10:00 UTC)
  leaves out  1000: 100 bad, 900 good
  budget      overspent by 50 % (breached) -> 75 % left (met)
`);
  });

  it("shows what a correction would change before it is made", async () => {
    answer = { status: 200, body: { correction: CORRECTION, dryRun: true, effects: [EFFECT] } };
    const { io, written } = output();
    const options = {
      ...choice(),
      slo: ["payment-*"],
      start: "2026-02-01 02:00",
      duration: "2h",
      dryRun: true,
    };
    expect(await addCorrection("nightly batch", options, io)).toBe(0);
    expect(asked.at(-1)?.path).toBe("/api/v1/corrections?dryRun=true");
    expect(JSON.parse(asked.at(-1)!.body)).toEqual({
      reason: "nightly batch",
      slos: ["payment-*"],
      services: [],
      labels: {},
      start: "2026-02-01 02:00",
      duration: "2h",
    });
    expect(written.out).toContain("Nothing is stored; this would be:");
    expect(written.out).toContain("overspent by 50 % (breached) -> 75 % left (met)");
    expect(written.out).not.toContain("0199c0de");
  });

  it("says why the server refuses, with exit code 1, and 2 where it cannot run", async () => {
    const first = output();
    answer = { status: 400, body: { detail: 'end: "soon" is not a time; write …' } };
    expect(await addCorrection("x", { ...choice(), start: "2026-01-01", end: "soon" }, first.io)).toBe(1);
    expect(first.written.err).toBe('noroshi corrections add: end: "soon" is not a time; write …\n');
    answer = { status: 409, body: { detail: "file:x is written in a.yaml; take it out of there" } };
    expect(await removeCorrection("file:x", choice(), first.io)).toBe(1);
    expect(asked.at(-1)).toMatchObject({ method: "DELETE", path: "/api/v1/corrections/file%3Ax" });
    answer = { status: 403, body: { detail: "the key may not write" } };
    const second = output();
    expect(await removeCorrection("x", choice(), second.io)).toBe(2);
    expect(second.written.err).toContain("give a key with --api-key or NOROSHI_API_KEY");
    answer = { status: 204, body: undefined };
    expect(await removeCorrection("x", choice(), second.io)).toBe(0);
    answer = { status: 200, body: { corrections: [] } };
    const third = output();
    await listCorrections(choice(), third.io);
    expect(third.written.out).toBe("No corrections: all that was counted counts.\n");
  });
});
