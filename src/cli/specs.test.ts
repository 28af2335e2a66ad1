import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runSpecs } from "./specs.ts";

const NOW = Date.parse("2026-01-31T12:00:00Z");
const SOURCE = {
  name: "https://git.example/s.git#main",
  kind: "git",
  status: "Synced",
  reason: null,
  revision: "b".repeat(40),
  remoteRevision: "b".repeat(40),
  lastGoodRevision: "b".repeat(40),
  commit: { id: "b".repeat(40), subject: "Raise the target", author: "Ada", at: "2026-01-31T11:00:00Z" },
  lastSync: "2026-01-31T11:59:50Z",
  lastAttempt: "2026-01-31T11:59:50Z",
  nextPoll: "2026-01-31T12:00:50Z",
  files: [{ path: "https://git.example/s.git#main/a.yaml", status: "Synced", slos: ["payment"], errors: [] }],
};
const BAD = {
  ...SOURCE,
  status: "OutOfSync",
  reason: "https://git.example/s.git#main/a.yaml:3:1: no target",
  lastGoodRevision: "a".repeat(40),
  files: [
    {
      ...SOURCE.files[0],
      status: "OutOfSync",
      errors: [
        {
          severity: "error",
          file: "https://git.example/s.git#main/a.yaml",
          line: 3,
          column: 1,
          path: "spec",
          message: "no target",
          hint: "write one",
        },
      ],
    },
  ],
};

let server: Server;
let answer: { status: number; body: unknown };
let asked: string[];
beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push(`${request.method} ${request.url} ${body} ${request.headers.authorization ?? ""}`.trim());
      response.writeHead(answer.status, { "content-type": "application/json" });
      response.end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

async function run(action: "status" | "sync", names: string[] = [], format: "text" | "json" = "text") {
  let out = "";
  let errors = "";
  const io = {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (errors += text) },
    isTerminal: false,
  };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const code = await runSpecs(action, names, { server: url, apiKey: "k", format }, io, NOW);
  return { code, out, errors };
}

describe("noroshi specs", () => {
  it("shows what runs, and exits with 0 while all is Synced", async () => {
    answer = { status: 200, body: { sources: [SOURCE] } };
    expect(await run("status")).toEqual({
      code: 0,
      out: `Synced     https://git.example/s.git#main
           1 file, 1 SLO, read 10 s ago, asked again in 50 s
           commit bbbbbbbb "Raise the target" by Ada, 1 h ago
`,
      errors: "",
    });
    expect(asked).toEqual(["GET /api/v1/specs/sources  Bearer k"]);
  });

  it("names each fault with its place, and exits with 1 while something is not Synced", async () => {
    answer = { status: 200, body: { sources: [BAD] } };
    const { code, out } = await run("status");
    expect([code, out]).toEqual([
      1,
      `OutOfSync  https://git.example/s.git#main
           1 file, 1 SLO, read 10 s ago, asked again in 50 s
           commit bbbbbbbb "Raise the target" by Ada, 1 h ago; last good: aaaaaaaa
           https://git.example/s.git#main/a.yaml:3:1: no target (the version before keeps running)
             write one
`,
    ]);
    answer = { status: 200, body: { sources: [{ ...BAD, status: "Degraded", reason: "the host is gone" }] } };
    expect((await run("status")).out).toContain("\n           the host is gone\n");
  });

  it("has sources asked for news, and gives the answer as JSON", async () => {
    answer = { status: 200, body: { sources: [SOURCE] } };
    expect(JSON.parse((await run("sync", ["x"], "json")).out)).toEqual({ sources: [SOURCE] });
    await run("sync");
    expect(asked).toEqual([
      'POST /api/v1/specs/sync {"sources":["x"]} Bearer k',
      "POST /api/v1/specs/sync {} Bearer k",
    ]);
  });

  it("exits with 2 where it could not run, and says why", async () => {
    answer = { status: 404, body: { detail: 'no source is named "x"' } };
    expect(await run("sync", ["x"])).toMatchObject({
      code: 2,
      errors: expect.stringContaining('no source is named "x"'),
    });
    answer = { status: 200, body: {} };
    expect(await run("status")).toMatchObject({
      code: 2,
      errors: expect.stringContaining("did not answer as a Noroshi"),
    });
  });
});
