import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "./config.ts";
import type { Config } from "./config.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "noroshi-config-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const configOf = (env: Record<string, string>): Config => {
  const result = loadConfig(env);
  if (!result.ok) throw new Error(result.problems.join("\n"));
  return result.config;
};
const problemsOf = (env: Record<string, string>): string => {
  const result = loadConfig(env);
  return result.ok ? "" : result.problems.join("\n");
};
const withFile = async (text: string): Promise<Record<string, string>> => {
  const path = join(folder, "noroshi.yaml");
  await writeFile(path, text);
  return { NOROSHI_CONFIG: path };
};

describe("configuration", () => {
  it("needs nothing: loopback, embedded stores, specs beside the process", () => {
    const config = configOf({});
    expect(config.listen).toEqual({ host: "127.0.0.1", port: 7070 });
    expect(config.otlpHttpListen).toEqual({ host: "127.0.0.1", port: 4318 });
    expect(config.specs).toEqual(["./slo-specs"]);
    expect(config.clickhouseUrl).toBeUndefined();
    expect(config.file.retention).toEqual({
      spans: 7 * 86_400_000,
      sliCounts: 400 * 86_400_000,
      samples: 35 * 86_400_000,
      episodes: 400 * 86_400_000,
    });
    expect([...config.roles].sort((a, b) => a.localeCompare(b))).toEqual([
      "api",
      "evaluate",
      "ingest",
      "notify",
    ]);
  });

  it("refuses to be reached from outside without keys, on either port, and says what to set", () => {
    for (const env of [
      { NOROSHI_LISTEN: "0.0.0.0:7070" },
      { NOROSHI_LISTEN: ":7070" },
      { NOROSHI_LISTEN: "[::]:7070" },
      { NOROSHI_OTLP_HTTP_LISTEN: "192.0.2.1:4318" },
      { NOROSHI_OTLP_GRPC_LISTEN: "192.0.2.1:4317" },
    ]) {
      const problems = problemsOf(env);
      expect(problems).toContain(Object.keys(env)[0]);
      expect(problems).toContain("NOROSHI_API_KEYS=");
      expect(problemsOf({ ...env, NOROSHI_API_KEYS: "team:ingest+read:0123456789abcdef" })).toBe("");
    }
    expect(problemsOf({ NOROSHI_LISTEN: "[::1]:7070", NOROSHI_OTLP_HTTP_LISTEN: "off" })).toBe("");
  });

  it("names the variable or field of every problem at once", async () => {
    const file = await withFile("retention: {spans: a week}\ningest: {maxBodi: 1MiB}\n");
    const problems = problemsOf({
      ...file,
      NOROSHI_LISTEN: "somewhere",
      NOROSHI_ROLE: "everything",
      CLICKHOUSE_URL: "localhost:8123",
      SLACK_BOT_TOKEN: "xoxb-secret",
      PAGERDUTY_EVENTS_SERVER: "https://events.example/",
    });
    for (const name of [
      "retention.spans",
      "maxBodi",
      "NOROSHI_LISTEN",
      "NOROSHI_ROLE",
      "CLICKHOUSE_URL",
      "SLACK_CHANNEL",
      "PAGERDUTY_EVENTS_SERVER",
    ]) {
      expect(problems).toContain(name);
    }
  });

  it.each([
    ["retention: {span: 7d}", 'retention: unknown field "span": did you mean "spans"?'],
    ["retension: {spans: 7d}", 'unknown field "retension": did you mean "retention"?'],
    ["retention: {spans: 7}", "retention.spans: 7 needs a unit; write for instance 30s, 12h or 7d"],
    ["retention: {spans: 0d}", "retention.spans: less than an hour; write for instance 12h or 7d"],
    ["retention: 7d", "retention: write its fields below it, indented: spans, sliCounts, samples, episodes"],
    ["ingest: {maxBody: 64MB}", 'ingest.maxBody: "64MB" is not a size; write for instance 64MiB or 2GiB'],
    ["ingest: {maxBody: 0B}", 'ingest.maxBody: "0B" is not a size; write for instance 64MiB or 2GiB'],
    ["log: {level: verbose}", 'log.level: "verbose" is not one of debug, info, warn, error, silent'],
    [
      "publicUrl: noroshi.example",
      "publicUrl: not a web address; write for instance https://noroshi.example",
    ],
    ["- a", "write its fields below it, indented: publicUrl, retention, ingest, queries, scrape, "],
    ["retention: {spans: 7d", "not valid YAML: "],
  ])("says of %j what to write instead, in one line", async (text, message) => {
    const env = await withFile(`${text}\n`);
    const result = loadConfig(env);
    expect(result.ok ? [] : result.problems).toEqual([
      expect.stringContaining(`${env["NOROSHI_CONFIG"]}: ${message}`),
    ]);
    expect(problemsOf(env)).not.toContain("\n");
  });

  it("takes a section without fields for the defaults", async () => {
    expect(configOf(await withFile("retention:\nlog:\n  level:\n")).file).toEqual(configOf({}).file);
  });

  it("refuses specs that were named and are not there, and names what a variable was probably meant to be", () => {
    expect(problemsOf({ NOROSHI_SPECS: `${folder},${join(folder, "none")}` })).toBe(
      `NOROSHI_SPECS: ${join(folder, "none")} does not exist; name folders with OpenSLO files.`,
    );
    expect(problemsOf({ NOROSHI_SPECS: "git://git.example/slos.git" })).toBe(
      "NOROSHI_SPECS: git://git.example/slos.git uses git://, which is not encrypted; use https:// or ssh://.",
    );
    expect(
      configOf({ NOROSHI_DATADIR: "/data", SLACK_BOT_TOKEN: "secret", SLACK_CHANNEL: "C1" }).warnings,
    ).toEqual([
      "SLACK_BOT_TOKEN: a bot token begins with xoxb-; this one does not",
      "NOROSHI_DATADIR: not a variable of Noroshi; did you mean NOROSHI_DATA_DIR?",
    ]);
  });

  it("never repeats a secret in what it says", () => {
    const secrets = {
      NOROSHI_API_KEYS: "a:nothing:planted-secret-1,b:read",
      SLACK_BOT_TOKEN: "xoxb-planted-secret-2",
      PAGERDUTY_ROUTING_KEY: "planted-secret-3",
      CLICKHOUSE_URL: "ftp://user:planted-secret-4@host",
      DATABASE_URL: "mysql://user:planted-secret-5@host/db",
    };
    const result = loadConfig(secrets);
    expect(JSON.stringify(result.ok ? result.config.warnings : result.problems)).not.toContain(
      "planted-secret",
    );
    const odd = configOf({ PAGERDUTY_ROUTING_KEY: "planted-secret-3" });
    expect(odd.warnings.join()).toContain("PAGERDUTY_ROUTING_KEY");
    expect(odd.warnings.join()).not.toContain("planted-secret");
  });

  it("reads noroshi.yaml, and says so when the file that was named is not there", async () => {
    const config = configOf(
      await withFile(
        "publicUrl: https://noroshi.example\nretention: {spans: 36h}\nqueries: {maxMemory: 512MiB}\n",
      ),
    );
    expect(config.file.publicUrl).toBe("https://noroshi.example");
    expect(config.file.retention.spans).toBe(36 * 3_600_000);
    expect(config.file.queries.maxMemory).toBe(512 * 1_048_576);
    expect(problemsOf({ NOROSHI_CONFIG: join(folder, "none.yaml") })).toContain("NOROSHI_CONFIG");
  });

  it("keeps roles in several processes off embedded stores", () => {
    expect(problemsOf({ NOROSHI_ROLE: "ingest" })).toContain("CLICKHOUSE_URL and DATABASE_URL");
    const servers = { CLICKHOUSE_URL: "http://127.0.0.1:8123", DATABASE_URL: "postgres://127.0.0.1/noroshi" };
    expect([...configOf({ ...servers, NOROSHI_ROLE: "evaluate, notify" }).roles]).toEqual([
      "evaluate",
      "notify",
    ]);
  });
});
