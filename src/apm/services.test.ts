import { describe, expect, it } from "vitest";
import type { RequestStats } from "../model/request-stats.ts";
import { compareVersions, shareInterval } from "./compare-versions.ts";
import { listServices } from "./list-services.ts";
import { redOf } from "./red.ts";
import { readEdges, type ServiceEdge } from "./service-edges.ts";
import { nodesOf } from "./service-map.ts";
import type { RequestGroup, SeenService, SeriesSum, ServicePorts, ServiceSlo } from "./service-ports.ts";
import { versionsOf } from "./service-versions.ts";
import { showVersionPairs } from "./version-pairs.ts";

const HOUR = 3_600_000;
const stats = (requests: number, errors = 0, more: Partial<RequestStats> = {}): RequestStats => ({
  requests,
  errors,
  satisfied: requests - errors,
  tolerating: 0,
  totalMs: requests * 10,
  p50Ms: 10,
  p90Ms: 20,
  p95Ms: 30,
  p99Ms: 40,
  ...more,
});
const service = (name: string, requests: number, lastMs = HOUR): SeenService => ({
  service: name,
  spans: requests,
  stats: stats(requests),
  versions: [
    { version: "2", spans: 1, firstMs: lastMs - 60_000, lastMs },
    { version: "1", spans: 1, firstMs: 0, lastMs: lastMs - 300_000 },
  ],
  firstMs: 0,
  lastMs,
});
const slo = (name: string, of: string, owner: string | null = null): ServiceSlo => ({
  name,
  service: of,
  owner,
  state: "met",
  budgetRemainingRatio: 0.5,
});
const group = (version: string, operation: string, of: RequestStats, firstMs = 0): RequestGroup => ({
  version,
  operation,
  stats: of,
  firstMs,
  lastMs: HOUR,
});

describe("rate, errors, duration", () => {
  it("counts a tolerated request half and a failed one not at all", () => {
    const red = redOf(stats(10, 2, { satisfied: 4, tolerating: 4 }), 10_000);
    expect(red).toEqual({
      requests: 10,
      requestsPerSecond: 1,
      errors: 2,
      errorShare: 0.2,
      durationMs: { mean: 10, p50: 10, p90: 20, p95: 30, p99: 40 },
      apdex: 0.6,
    });
  });

  it("says nothing of no requests", () => {
    expect(redOf(stats(0), HOUR)).toMatchObject({ errorShare: null, durationMs: null, apdex: null });
  });
});

describe("the list of services", () => {
  const ask = (seen: readonly SeenService[], slos: readonly ServiceSlo[], limit: number) =>
    listServices(
      {
        readServices: ({ limit: most }) => Promise.resolve(seen.slice(0, most)),
        slos: () => slos,
      },
      { fromMs: 0, toMs: HOUR, apdexMs: 500, limit },
    );

  it("shows owners and SLOs, what runs, and services that only SLOs name last", async () => {
    const slos = [slo("b", "cart", "team-b"), slo("a", "cart", "team-a"), slo("c", "silent"), slo("d", "")];
    const { services, isTruncated } = await ask([service("cart", 5)], slos, 10);
    expect(services.map(({ name, requests }) => [name, requests])).toEqual([
      ["cart", 5],
      ["silent", 0],
    ]);
    expect(services[0]).toMatchObject({ owners: ["team-a", "team-b"], slos: [{ name: "a" }, { name: "b" }] });
    expect(services[0]!.versions.map(({ version, isRunning }) => [version, isRunning])).toEqual([
      ["2", true],
      ["1", false],
    ]);
    expect(services[1]!.lastSeen).toBe(null);
    expect(isTruncated).toBe(false);
  });

  it("never takes a service for silent that only is not listed", async () => {
    const seen = [service("a", 3), service("b", 2), service("c", 1)];
    const { services, isTruncated } = await ask(seen, [slo("x", "c")], 2);
    expect([services.map(({ name }) => name), isTruncated]).toEqual([["a", "b"], true]);
  });
});

describe("the service map", () => {
  const edge = (client: string, server: string, connection: ServiceEdge["connection"]): ServiceEdge => ({
    client,
    server,
    connection,
    requests: 1,
    requestsPerSecond: 1,
    errors: 0,
    errorShare: 0,
    durationMs: null,
  });

  it("takes for a service who sent spans, and names everything else by its calls", () => {
    const edges = [
      edge("user", "shop", "virtual"),
      edge("shop", "orders", "database"),
      edge("shop", "mails", "messaging"),
      edge("mails", "mailer", "messaging"),
      edge("shop", "bank", "virtual"),
      edge("shop", "mailer", "virtual"),
    ];
    const nodes = nodesOf([service("shop", 1), service("mailer", 1), service("alone", 0)], edges, HOUR);
    expect(nodes.map(({ name, kind, isLone }) => [name, kind, isLone])).toEqual([
      ["alone", "service", true],
      ["bank", "external", false],
      ["mailer", "service", false],
      ["mails", "queue", false],
      ["orders", "database", false],
      ["shop", "service", false],
      ["user", "user", false],
    ]);
  });

  it("asks for whole minutes that are recorded, and gives the busiest edges first", async () => {
    const asked: [string, number][] = [];
    const sum = (server: string, value: number): SeriesSum => ({ labels: { client: 'a"b', server }, value });
    const sumSeries = (query: string, atMs: number): Promise<readonly SeriesSum[]> => {
      asked.push([query, atMs]);
      if (query.includes("bucket")) return Promise.resolve([sum("x", 0.05), sum("y", 0.25)]);
      if (query.includes("failed")) return Promise.resolve([sum("y", 2.2)]);
      return Promise.resolve([sum("x", 4.1), sum("y", 8), sum("z", 0.2)]);
    };
    const range = { fromMs: 90_000, toMs: 605_000 };
    const edges = await readEdges({ sumSeries }, range, { client: 'a"b' });
    expect(
      edges.map(({ server, requests, errors, durationMs }) => [server, requests, errors, durationMs]),
    ).toEqual([
      ["y", 8, 2, { mean: 1_000, p95: 250 }],
      ["x", 4, 0, { mean: 1_000, p95: null }],
    ]);
    expect(asked[0]).toEqual([
      'sum by (client, server, connection_type) (increase(traces_service_graph_request_total{client="a\\"b"}[480s]))',
      540_000,
    ]);
    await readEdges({ sumSeries }, { fromMs: 0, toMs: 1 });
    expect(asked.at(-1)![0]).toContain("[60s]");
  });
});

describe("versions", () => {
  it("are compared with all that were seen before, and the first one with none", () => {
    const exception = (version: string, type: string) => ({ version, type, count: 1, firstMs: 0 });
    const groups = [group("3", "", stats(1), 30), group("1", "", stats(1), 10), group("2", "", stats(1), 20)];
    const exceptions = [
      exception("1", "Timeout"),
      exception("2", "Null"),
      exception("2", "Timeout"),
      exception("3", "Null"),
      exception("3", "Zero"),
    ];
    expect(versionsOf(groups, exceptions).map((one) => [one.version, one.newExceptionTypes])).toEqual([
      ["3", ["Zero"]],
      ["2", ["Null"]],
      ["1", null],
    ]);
  });

  it("are called worse or better only where chance does not explain it, operation by operation", async () => {
    const groups = [
      group("a", "busy", stats(1_000, 10)),
      group("b", "busy", stats(1_000, 12)),
      group("a", "broken", stats(100, 0)),
      group("b", "broken", stats(100, 20, { p95Ms: 60 })),
      group("a", "mended", stats(100, 20)),
      group("b", "mended", stats(100, 0)),
      group("a", "gone", stats(5)),
      group("b", "new", stats(5)),
    ];
    const ports: Pick<ServicePorts, "readRequestGroups"> = {
      readRequestGroups: ({ by }) =>
        Promise.resolve(by === "version" ? [group("a", "", stats(10)), group("b", "", stats(0))] : groups),
    };
    const question = { fromMs: 0, toMs: HOUR, service: "cart", a: "a", b: "b", apdexMs: 500 };
    expect(await compareVersions(ports, { ...question, b: "typo" })).toEqual({ unseen: "typo" });
    const compared = await compareVersions(ports, question);
    if ("unseen" in compared) throw new Error("both were seen");
    const { overall, operations } = compared;
    expect(operations.map(({ operation, errors, p95Ratio }) => [operation, errors, p95Ratio])).toEqual([
      ["broken", "worse", 2],
      ["new", "only-b", null],
      ["busy", "same", 1],
      ["mended", "better", 1],
      ["gone", "only-a", null],
    ]);
    expect([overall.errors, overall.b]).toEqual(["only-a", null]);
  });

  it("of callers and callees: what fails for certain comes before what failed once of one", async () => {
    const pair = (callerVersion: string, calls: number, failed: number) => ({
      caller: "shop",
      callerVersion,
      callee: "cart",
      calleeVersion: "2",
      calls,
      failed,
    });
    const ports: Pick<ServicePorts, "readVersionPairs"> = {
      readVersionPairs: () =>
        Promise.resolve({
          pairs: [pair("once", 1, 1), pair("often", 100, 60), pair("never", 9, 0)],
          sampledOneIn: 4,
        }),
    };
    const question = { fromMs: 0, toMs: HOUR, service: "cart", role: "callee" } as const;
    const { pairs, sampledOneIn } = await showVersionPairs(ports, question);
    expect(pairs.map(({ callerVersion }) => callerVersion)).toEqual(["often", "once", "never"]);
    expect(sampledOneIn).toBe(4);
    expect(shareInterval(0, 0)).toBe(null);
  });
});
