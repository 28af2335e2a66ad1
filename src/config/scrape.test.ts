import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { scrapeSection } from "./scrape.ts";

const read = (text: string) => scrapeSection.safeParse(parse(text));
const problems = (text: string): string[] => {
  const result = read(text);
  return result.success
    ? []
    : result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
};
const config = (text: string) => scrapeSection.parse(parse(text));

describe("the scrape section", () => {
  it("scrapes nothing unless it is told to", () => {
    expect(scrapeSection.parse({})).toEqual({ jobs: [] });
  });

  it("takes what docs/metrics.md shows", () => {
    const [block] = /(?<=```yaml\n)scrape:\n[^`]*/.exec(readFileSync("docs/metrics.md", "utf8")) ?? [];
    const { jobs } = scrapeSection.parse((parse(block ?? "") as { scrape: unknown }).scrape);
    expect(jobs.map(({ targets }) => targets)).toEqual([
      ["http://10.0.0.5:8080/metrics", "http://10.0.0.6:8080/metrics"],
      ["https://ledger.internal:8443/internal/metrics?format=prometheus"],
    ]);
  });

  it("makes targets whole, and fills in what a job leaves out", () => {
    const { jobs } = config(`
interval: 15s
timeout: 10s
jobs:
  - name: payment
    targets: [http://127.0.0.1:9100/metrics, "10.0.0.5:8080", "[::1]:9100", https://shop.example]
    interval: 30s
    labels: {env: prod}
    bearerTokenFile: /run/secrets/token
    tls: {caFile: /ca.pem}
  - name: probe
    scheme: https
    metricsPath: /probe
    params: {module: http_2xx, target: [a, b]}
    targets: [prober.example:9115]
    honorLabels: true
    sampleLimit: 100
    bodyLimit: 1MiB
`);
    expect(jobs[0]).toMatchObject({
      targets: [
        "http://127.0.0.1:9100/metrics",
        "http://10.0.0.5:8080/metrics",
        "http://[::1]:9100/metrics",
        "https://shop.example/metrics",
      ],
      intervalMs: 30_000,
      timeoutMs: 10_000,
      labels: { env: "prod" },
      bearerTokenFile: "/run/secrets/token",
      tls: { caFile: "/ca.pem", insecureSkipVerify: false },
      honorLabels: false,
      bodyLimitBytes: 64 * 1_048_576,
    });
    expect(jobs[1]).toMatchObject({
      targets: ["https://prober.example:9115/probe?module=http_2xx&target=a&target=b"],
      intervalMs: 15_000,
      honorLabels: true,
      sampleLimit: 100,
      bodyLimitBytes: 1_048_576,
    });
  });

  it("waits no longer than the interval where nothing is said", () => {
    expect(config("jobs: [{name: a, targets: [a:1], interval: 5s}]").jobs[0]?.timeoutMs).toBe(5_000);
  });

  it.each([
    [
      "jobs: [{name: a, targets: [a:1], intervall: 5s}]",
      'jobs.0: unknown field "intervall": did you mean "interval"?',
    ],
    ["jobs: [{job_name: a, targets: [a:1]}]", 'write "name" here'],
    [
      "jobs: [{name: a, static_configs: [{targets: [a:1]}]}]",
      'unknown field "static_configs": write "targets" here',
    ],
    [
      "jobs: [{name: a, targets: [a:1], honor_labels: true}]",
      'unknown field "honor_labels": did you mean "honorLabels"?',
    ],
    ["jobs: [{name: a, targets: [{targets: [a]}]}]", "jobs.0.targets.0: write host:port or a URL"],
    ["jobs: [{name: a, targets: a:1}]", "jobs.0.targets: write a list of targets"],
    ["jobs: [{name: a, targets: []}]", "jobs.0.targets: write at least one target"],
    ["jobs: [{targets: [a:1]}]", "jobs.0.name: write the job's name"],
    ["jobs: [{name: a, targets: ['ftp://a']}]", "jobs.0.targets.0: not a target"],
    [
      "jobs: [{name: a, targets: [a:1], timeout: 20s}]",
      "jobs.0.timeout: 20 s is longer than the interval, 15 s",
    ],
    ["{timeout: 20s, jobs: [{name: a, targets: [a:1]}]}", "timeout: 20 s is longer than the interval, 15 s"],
    ["jobs: [{name: a, targets: [a:1]}, {name: a, targets: [a:2]}]", 'jobs.1.name: two jobs are called "a"'],
    ["jobs: [{name: a, targets: [a:1], labels: {__x: b}}]", "do not begin with __"],
    [
      "jobs: [{name: a, targets: [a:1], labels: {x: 1}}]",
      "jobs.0.labels.x: write the label's value in quotes",
    ],
    [
      "jobs: [{name: a, targets: [a:1], tls: {certFile: a}}]",
      "jobs.0.tls: certFile and keyFile belong together",
    ],
    ["interval: 15", "interval: 15 needs a unit"],
    ["interval: 10ms", "interval: less than a second"],
  ])("says of %j what to write instead", (text, message) => {
    expect(problems(text).join("\n")).toContain(message);
  });

  it("takes no password in a target, and does not repeat it", () => {
    const said = problems(
      "jobs: [{name: a, targets: ['http://user:planted-secret@a:1', 'http://user:planted-secret@a:x1']}]",
    ).join();
    expect(said).toContain("bearerTokenFile");
    expect(said).not.toContain("planted-secret");
  });
});
