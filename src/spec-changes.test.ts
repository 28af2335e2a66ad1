import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { availabilitySpec, sendTraces, traceBody } from "../test/acceptance/spans.ts";
import type { TestSpan } from "../test/acceptance/spans.ts";
import type { ApplyBody, DiffBody, RefusedBody } from "./api/spec-change-schema.ts";
import { createApp } from "./app.ts";
import type { App } from "./app.ts";
import { runApply } from "./cli/apply.ts";
import { runDiff } from "./cli/diff.ts";
import { loadConfig } from "./config.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, timestampMs } from "./model/time.ts";
import { SILENT_LOG } from "./self/log.ts";

let folder: string;
let app: App;
let url: string;

const NOW_MS = Math.floor(Date.now() / 10_000) * 10_000;
const WRITER = "writer-key-0123456789";
const READER = "reader-key-0123456789";

/** Two days of a request every ten seconds; a third fails for half an hour, a day ago, of each service. */
function history(service: string): TestSpan[] {
  return Array.from({ length: (2 * DAY_MS) / 10_000 }, (_, i) => {
    const agoMs = (i + 1) * 10_000;
    const fails = agoMs > DAY_MS && agoMs <= DAY_MS + 30 * MINUTE_MS && i % 3 === 0;
    return { service, status: fails ? 503 : 200, endMs: NOW_MS - agoMs };
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "noroshi-spec-changes-"));
  const specs = join(folder, "slo-specs");
  await mkdir(specs);
  await writeFile(join(specs, "ledger.yaml"), availabilitySpec("ledger"));
  const config = loadConfig({
    NOROSHI_LISTEN: "127.0.0.1:0",
    NOROSHI_OTLP_HTTP_LISTEN: "off",
    NOROSHI_OTLP_GRPC_LISTEN: "off",
    NOROSHI_DATA_DIR: join(folder, "data"),
    NOROSHI_SPECS: specs,
    NOROSHI_API_KEYS: `ci:ingest+read+write:${WRITER},pr:read:${READER}`,
  });
  if (!config.ok) throw new Error(JSON.stringify(config));
  app = createApp({
    config: config.config,
    log: SILENT_LOG,
    version: "test",
    now: () => timestampMs(Date.now()),
  });
  ({ url } = await app.start());
  const body = traceBody(history("payment"));
  const status = await sendTraces(url, body, { authorization: `Bearer ${WRITER}` });
  if (status !== 200) throw new Error(`spans were answered ${status}`);
}, 60_000);

afterAll(async () => {
  await app.stop();
  await rm(folder, { recursive: true, force: true });
});

async function post<Body>(path: string, body: unknown, key = WRITER) {
  const response = await fetch(`${url}/api/v1/specs/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Body };
}

const apply = (body: object, key?: string) =>
  post<ApplyBody & RefusedBody>("apply", { source: "acme/payments", ...body }, key);
const diff = (body: object, key?: string) =>
  post<DiffBody>("diff", { source: "acme/payments", ...body }, key);

async function running(): Promise<readonly { name: string; target: number; state: string }[]> {
  const response = await fetch(`${url}/api/v1/slos`, { headers: { authorization: `Bearer ${READER}` } });
  return ((await response.json()) as { slos: { name: string; target: number; state: string }[] }).slos;
}
const names = async () => (await running()).map(({ name }) => name);

const file = (service: string, target?: number, path = `slos/${service}.yaml`) => ({
  path,
  text: availabilitySpec(service, target === undefined ? {} : { target }),
});
const changesOf = ({ slos }: { slos: readonly { name: string; change: string }[] }) =>
  Object.fromEntries(slos.map(({ name, change }) => [name, change]));

describe("applying specs", () => {
  it("runs them at once, changes nothing the second time, and records the commit", async () => {
    const files = [file("payment", 0.9)];
    const dry = await apply({ files, dryRun: true });
    expect(dry.body).toMatchObject({ outcome: "planned", previous: null });
    expect(await names()).toEqual(["ledger-availability"]);
    const first = await apply({ files, commit: "abc123" });
    expect(first.body).toMatchObject({ outcome: "applied", held: { commit: "abc123" }, previous: null });
    expect(changesOf(first.body)).toEqual({ "payment-availability": "added" });
    expect(await names()).toEqual(["ledger-availability", "payment-availability"]);
    expect((await apply({ files, commit: "abc123" })).body.outcome).toBe("unchanged");
    const again = await apply({ files, commit: "def456" });
    expect(again.body).toMatchObject({
      outcome: "unchanged",
      held: { commit: "def456" },
      previous: { commit: "abc123" },
    });
    expect((await diff({ files })).body).toMatchObject({ differs: false, held: { commit: "def456" } });
  });

  it("keeps what is no longer in the files until pruning is asked for", async () => {
    await apply({ files: [file("payment", 0.9), file("refund")] });
    const without = { files: [file("payment", 0.9)] };
    const kept = await apply(without);
    expect(changesOf(kept.body)).toEqual({
      "payment-availability": "unchanged",
      "refund-availability": "kept",
    });
    expect(kept.body.notes[0]).toContain("apply with prune to end it");
    expect(await names()).toContain("refund-availability");
    expect((await apply(without)).body.outcome).toBe("unchanged");
    const pruned = { ...without, prune: true };
    expect(changesOf((await diff(pruned)).body)).toMatchObject({ "refund-availability": "removed" });
    expect((await apply({ ...pruned, dryRun: true })).body.summary).toMatchObject({ removed: 1, kept: 0 });
    expect(await names()).toContain("refund-availability");
    expect((await apply(pruned)).body.summary).toMatchObject({ removed: 1 });
    expect(await names()).toEqual(["ledger-availability", "payment-availability"]);
  });

  it("refuses an SLO of a folder, and one of another source, naming both", async () => {
    const folderOwned = await apply({ files: [file("ledger", 0.5), file("wallet")] });
    expect(folderOwned.status).toBe(409);
    expect(folderOwned.body.detail).toContain("slos/ledger.yaml:4");
    expect(folderOwned.body.detail).toContain("ledger.yaml:4)");
    expect(folderOwned.body.conflicts[0]).toMatchObject({ slo: "ledger-availability" });
    const other = await apply({ source: "acme/shop", files: [file("payment", 0.5)] });
    expect(other.status).toBe(409);
    expect(other.body.conflicts).toMatchObject([
      {
        slo: "payment-availability",
        file: "slos/payment.yaml:4",
        owner: "pushed:acme/payments",
        ownerFile: "slos/payment.yaml:4",
      },
    ]);
    const shown = await diff({ source: "acme/shop", files: [file("payment", 0.5)] });
    expect(shown.body).toMatchObject({ valid: false, slos: [], conflicts: other.body.conflicts });
    // All or nothing.
    expect(await names()).toEqual(["ledger-availability", "payment-availability"]);
  });

  it("refuses files with errors whole, and says where they are", async () => {
    const bad = { path: "slos/bad.yaml", text: availabilitySpec("wallet").replace("target:", "targt:") };
    const refused = await apply({ files: [file("payment", 0.8), bad] });
    expect(refused.status).toBe(422);
    expect(refused.body.diagnostics.find(({ severity }) => severity === "error")).toMatchObject({
      file: "slos/bad.yaml",
    });
    expect((await running()).find(({ name }) => name === "payment-availability")?.target).toBe(0.9);
    expect((await diff({ files: [bad] })).body).toMatchObject({ valid: false, slos: [] });
  });

  it("refuses a race", async () => {
    const held = (await diff({ files: [] })).body.held!.revision;
    const files = [file("payment", 0.91)];
    expect((await apply({ files, expectedRevision: "none" })).body.detail).toContain(held);
    expect((await apply({ files, expectedRevision: held })).status).toBe(200);
    expect((await apply({ files, expectedRevision: held })).status).toBe(409);
    expect((await apply({ files: [file("payment", 0.9)] })).status).toBe(200);
  });

  it("stores one of two that come at once after the other, and never an SLO for both", async () => {
    const answers = await Promise.all([
      apply({ source: "one", files: [file("race", 0.9)] }),
      apply({ source: "two", files: [file("race", 0.8)] }),
    ]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 409]));
    const source = answers[0].status === 200 ? "one" : "two";
    expect((await apply({ source, files: [], prune: true })).body.summary.removed).toBe(1);
    expect(await names()).not.toContain("race-availability");
  });

  it("takes no body that is too large, no path that leads elsewhere, no source without a name", async () => {
    const text = "#".repeat(1_000_000);
    const large = { files: Array.from({ length: 17 }, (_, i) => ({ path: `${i}.yaml`, text })) };
    expect((await apply(large)).status).toBe(413);
    expect((await apply({ files: [{ path: "a.yaml", text: "#".repeat(1_100_000) }] })).status).toBe(400);
    for (const path of ["../a.yaml", "/etc/a.yaml", "a/../../b.yaml", "pushed:x/a.yaml", "a.kept.yaml", ""]) {
      expect((await apply({ files: [{ path, text: "" }] })).status, path).toBe(400);
    }
    expect((await apply({ files: [file("a"), file("a")] })).status).toBe(400);
    expect((await apply({ source: "no spaces", files: [] })).status).toBe(400);
    expect((await post("apply", "{")).status).toBe(400);
  });

  it("needs the scope write, and a diff the scope read alone", async () => {
    expect((await apply({ files: [] }, READER)).status).toBe(403);
    expect((await diff({ files: [file("payment", 0.9)] }, READER)).status).toBe(200);
    expect((await diff({ files: [] }, "nobody")).status).toBe(401);
  });
});

describe("the difference that specs make", () => {
  it("is told as budgets and alerts, for another target by the counts that there are", async () => {
    const { body } = await diff({ files: [file("payment", 0.999)] });
    const [slo] = body.slos;
    expect(slo).toMatchObject({
      name: "payment-availability",
      change: "changed",
      file: "slos/payment.yaml",
      fields: [{ field: "target", before: "90 %", after: "99.9 %" }],
    });
    const { before, after, gained, lost, limits, replayed } = slo!.effect!;
    expect(before!.badEvents).toBe(60);
    expect(before!.totalEvents).toBe(17_280);
    expect(before!.remainingRatio).toBeCloseTo(1 - 60 / 17_280 / 0.1, 9);
    expect(after!.remainingRatio).toBeCloseTo(1 - 60 / 17_280 / 0.001, 6);
    expect(lost).toEqual([]);
    const critical = gained.filter(({ severity }) => severity === "critical");
    expect(critical).toHaveLength(1);
    const firedAgo = NOW_MS - Date.parse(critical[0]!.firedAt);
    expect(firedAgo).toBeGreaterThan(DAY_MS);
    expect(firedAgo).toBeLessThan(DAY_MS + 30 * MINUTE_MS);
    // Two days of a week, and of the window, are all there is.
    expect(Date.parse(replayed!.end) - Date.parse(replayed!.start)).toBeLessThan(2 * DAY_MS + HOUR_MS);
    expect(limits).toEqual([expect.stringContaining("history reaches back to")]);
  });

  it("is what the service then says itself", async () => {
    const files = [file("payment", 0.999)];
    const told = (await diff({ files })).body.slos[0]!.effect!.after!;
    await apply({ files });
    await expect
      .poll(async () => {
        const response = await fetch(`${url}/api/v1/slos/payment-availability`, {
          headers: { authorization: `Bearer ${READER}` },
        });
        return ((await response.json()) as { budget: { remainingRatio: number } }).budget.remainingRatio;
      })
      .toBeCloseTo(told.remainingRatio!, 6);
    await apply({ files: [file("payment", 0.9)] });
  });

  it("of another query is counted from the spans that are stored", async () => {
    const changed = file("payment", 0.9);
    const files = [{ ...changed, text: changed.text.replace("status_code < 500", "status_code < 600") }];
    const { body } = await diff({ files });
    expect(body.slos[0]!.fields).toMatchObject([{ field: "indicator.good" }]);
    expect(body.slos[0]!.effect).toMatchObject({ before: { badEvents: 60 }, after: { badEvents: 0 } });
  });

  it("of a text that people read is nothing", async () => {
    const changed = file("payment", 0.9);
    const files = [{ ...changed, text: changed.text.replace("owner: payment", "owner: others") }];
    const { body } = await diff({ files });
    expect(body.slos[0]).toMatchObject({
      change: "changed",
      effect: null,
      fields: [{ field: "owner", before: "payment", after: "others" }],
    });
  });

  it("of an SLO that is new is what it would have done, and of a service that is unknown is no data", async () => {
    const { body } = await diff({ source: "new", files: [file("nobody", 0.9)] });
    expect(body.slos[0]).toMatchObject({
      change: "added",
      effect: { before: null, after: { remainingRatio: null, totalEvents: 0 }, gained: [] },
    });
  });
});

describe("noroshi diff and apply", () => {
  const run = async (command: typeof runDiff, format: "text" | "json" | "markdown", text: string) => {
    const specs = join(folder, "mine");
    await mkdir(specs, { recursive: true });
    await writeFile(join(specs, "payment.yaml"), text);
    let stdout = "";
    let stderr = "";
    const io = {
      stdout: { write: (more: string) => (stdout += more) },
      stderr: { write: (more: string) => (stderr += more) },
      isTerminal: false,
    };
    const options = { server: url, apiKey: WRITER, source: "acme/payments", format, env: {} };
    return { code: await command([specs], options, io), stdout, stderr };
  };

  it("say what changes, and do it", async () => {
    const text = availabilitySpec("payment", { target: 0.95 });
    // The folder is another one now: the path changes, and the SLO does not.
    await run(runApply, "text", availabilitySpec("payment", { target: 0.9 }));
    const shown = await run(runDiff, "text", text);
    expect(shown).toMatchObject({ code: 1, stderr: "" });
    expect(shown.stdout).toContain("~ payment-availability");
    expect(shown.stdout).toMatch(/target +90 % → 95 %/);
    const markdown = await run(runDiff, "markdown", text);
    expect(markdown.stdout).toContain("| `payment-availability` | changed |");
    const json = JSON.parse((await run(runDiff, "json", text)).stdout) as DiffBody;
    expect(changesOf(json)).toEqual({ "payment-availability": "changed" });
    const applied = await run(runApply, "text", text);
    expect(applied.code).toBe(0);
    expect(applied.stdout).toContain("~ payment-availability: target 90 % → 95 %");
    expect((await run(runDiff, "text", text)).code).toBe(0);
    const refused = await run(runApply, "text", text.replace("target:", "targt:"));
    expect(refused).toMatchObject({ code: 1, stderr: "" });
    expect(refused.stdout).toMatch(/^Refused: .*\n {2}error .*payment\.yaml:\d+:\d+: /);
  });
});
