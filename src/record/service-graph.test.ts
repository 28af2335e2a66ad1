import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { labelsText } from "../model/labels.ts";
import { fakeSpans } from "./fake-spans.ts";
import type { FakeSpan } from "./fake-spans.ts";
import { DEFAULT_SERVICE_GRAPH_LIMITS, createServiceGraph } from "./service-graph.ts";
import type { ServiceGraph } from "./service-graph.ts";

const MINUTE = 60_000;
const rowsAt = (graph: ServiceGraph, atMs: number) =>
  new Map([...graph.rows(atMs)].map(({ labels, value }) => [labelsText(labels), value]));
const edgesAt = (graph: ServiceGraph, atMs: number) =>
  [...rowsAt(graph, atMs)].filter(([series]) => series.includes("request_total"));
const TOTAL = "traces_service_graph_request_total";

const client: FakeSpan = { service: "shop", kind: "client", trace: 7, id: 5, parent: 4, ms: 300 };
const server: FakeSpan = { service: "cart", kind: "server", trace: 7, id: 6, parent: 5, ms: 200 };

describe("the service graph", () => {
  it.each([
    ["the client's span first", [[client], [server]]],
    ["the server's span first", [[server], [client]]],
    ["both in one request", [[client, server]]],
    ["both in one request, the other way round", [[server, client]]],
  ])("pairs the two sides of a call: %s", (_, batches) => {
    const graph = createServiceGraph(0);
    for (const batch of batches) graph.observe(fakeSpans(batch), 1_000);
    const rows = rowsAt(graph, MINUTE);
    expect(rows.size).toBe(24);
    expect(rows.get(`${TOTAL}{client="shop", server="cart"}`)).toBe(1);
    expect(rows.get('traces_service_graph_request_failed_total{client="shop", server="cart"}')).toBe(0);
    expect(rows.get('traces_service_graph_request_client_seconds_sum{client="shop", server="cart"}')).toBe(
      0.3,
    );
    expect(rows.get('traces_service_graph_request_server_seconds_sum{client="shop", server="cart"}')).toBe(
      0.2,
    );
    expect(
      rows.get('traces_service_graph_request_client_seconds_bucket{client="shop", le="0.2", server="cart"}'),
    ).toBe(0);
    expect(
      rows.get('traces_service_graph_request_server_seconds_bucket{client="shop", le="0.2", server="cart"}'),
    ).toBe(1);
    expect(
      rows.get('traces_service_graph_request_client_seconds_bucket{client="shop", le="12.8", server="cart"}'),
    ).toBe(1);
    expect(
      rows.get('traces_service_graph_request_client_seconds_bucket{client="shop", le="+Inf", server="cart"}'),
    ).toBe(1);
    expect(graph.stats()).toEqual({ edges: 1, droppedCalls: 0, pending: 0, unpaired: 0 });
  });

  it("takes a call for failed when either side says so", () => {
    const graph = createServiceGraph(0);
    graph.observe(fakeSpans([{ ...client, status: "error" }, server]), 0);
    graph.observe(fakeSpans([client, { ...server, status: "error" }]), 0);
    graph.observe(fakeSpans([client, server]), 0);
    expect(
      rowsAt(graph, MINUTE).get('traces_service_graph_request_failed_total{client="shop", server="cart"}'),
    ).toBe(2);
  });

  it("pairs by trace and span, not by span alone", () => {
    const graph = createServiceGraph(0);
    graph.observe(fakeSpans([client, { ...server, trace: 8 }]), 0);
    expect(edgesAt(graph, MINUTE)).toEqual([]);
  });

  it("knows messages, databases, callers without spans and peers without spans", () => {
    const graph = createServiceGraph(0);
    graph.observe(
      fakeSpans([
        { ...client, kind: "producer", attributes: { "peer.service": "queue" } },
        { ...server, kind: "consumer" },
        { ...client, id: 10, attributes: { "db.system": "postgresql", "db.name": "orders" } },
        { ...client, id: 11, attributes: { "db.system.name": "redis" } },
        { ...client, id: 12, attributes: { "db.namespace": "carts", "db.system.name": "mysql" } },
        { ...client, id: 13, attributes: { "peer.service": "bank" } },
        { ...client, id: 14 },
        { service: "shop", kind: "server", trace: 9, id: 1 },
        { service: "shop", kind: "internal", trace: 9, id: 2, parent: 1 },
      ]),
      0,
    );
    expect(new Map(edgesAt(graph, MINUTE))).toEqual(
      new Map([
        [`${TOTAL}{client="shop", connection_type="messaging_system", server="cart"}`, 1],
        [`${TOTAL}{client="shop", connection_type="database", server="orders"}`, 1],
        [`${TOTAL}{client="shop", connection_type="database", server="redis"}`, 1],
        [`${TOTAL}{client="shop", connection_type="database", server="carts"}`, 1],
        [`${TOTAL}{client="shop", connection_type="virtual_node", server="bank"}`, 1],
        [`${TOTAL}{client="user", connection_type="virtual_node", server="shop"}`, 1],
      ]),
    );
    expect(graph.stats()).toMatchObject({ pending: 0, unpaired: 1 });
  });

  it("names queues and addresses whose other side sends no spans, or its messages no trace", () => {
    const graph = createServiceGraph(0);
    const receipts = { "messaging.system": "kafka", "messaging.destination.name": "receipts" };
    graph.observe(
      fakeSpans([
        { ...client, kind: "producer", attributes: receipts },
        { service: "mailer", kind: "consumer", trace: 20, id: 1, attributes: receipts },
        { service: "mailer", kind: "consumer", trace: 21, id: 2, parent: 9, attributes: receipts },
        { service: "mailer", kind: "consumer", trace: 22, id: 3 },
        { ...client, id: 30, attributes: { "server.address": "api.bank.example" } },
        { ...client, id: 31, attributes: { "net.peer.name": "api.bank.example" } },
        { ...client, id: 32, attributes: { "server.address": "10.0.0.7" } },
        { ...client, id: 33, attributes: { "server.address": "fe80::1" } },
        { ...client, id: 34, attributes: { "rpc.service": "Rates", "server.address": "rates" } },
      ]),
      0,
    );
    expect(new Map(edgesAt(graph, MINUTE))).toEqual(
      new Map([
        [`${TOTAL}{client="shop", connection_type="messaging_system", server="receipts"}`, 1],
        [`${TOTAL}{client="receipts", connection_type="messaging_system", server="mailer"}`, 2],
        [`${TOTAL}{client="user", connection_type="virtual_node", server="mailer"}`, 1],
        [`${TOTAL}{client="shop", connection_type="virtual_node", server="api.bank.example"}`, 2],
        [`${TOTAL}{client="shop", connection_type="virtual_node", server="Rates"}`, 1],
      ]),
    );
    expect(graph.stats()).toMatchObject({ pending: 0, unpaired: 2 });
  });

  it("waits ten seconds for the other side, and no longer", () => {
    const graph = createServiceGraph(0);
    const peer = { ...client, attributes: { "peer.service": "cart" } };
    graph.observe(fakeSpans([peer]), 0);
    graph.observe(fakeSpans([]), 9_999);
    expect(graph.stats().pending).toBe(1);
    graph.observe(fakeSpans([server]), 10_000);
    expect(graph.stats()).toMatchObject({ pending: 1, edges: 1 });
    expect(edgesAt(graph, MINUTE)).toEqual([
      [`${TOTAL}{client="shop", connection_type="virtual_node", server="cart"}`, 1],
    ]);
    expect(graph.stats()).toMatchObject({ pending: 0, unpaired: 1 });
  });

  it("keeps its bounds: the oldest call makes room, and edges beyond are dropped and counted", () => {
    const graph = createServiceGraph(0, { ...DEFAULT_SERVICE_GRAPH_LIMITS, maxPending: 10, maxEdges: 3 });
    for (let i = 1; i <= 50; i += 1) graph.observe(fakeSpans([{ ...client, id: i }]), i);
    expect(graph.stats()).toMatchObject({ pending: 10, unpaired: 40 });
    for (let i = 41; i <= 50; i += 1)
      graph.observe(fakeSpans([{ ...server, service: `s${i}`, parent: i }]), 100);
    expect(graph.stats()).toMatchObject({ edges: 3, droppedCalls: 7 });
  });

  it("ends idle edges, and begins them anew", () => {
    const graph = createServiceGraph(0);
    graph.observe(fakeSpans([client, server]), 0);
    expect(edgesAt(graph, MINUTE)).toHaveLength(1);
    const ends = rowsAt(graph, 20 * MINUTE);
    expect(ends.size).toBe(24);
    expect([...ends.values()].every((value) => value === undefined)).toBe(true);
    expect(graph.stats().edges).toBe(0);
    graph.observe(fakeSpans([client, server]), 20 * MINUTE);
    const again = [...graph.rows(21 * MINUTE)];
    expect(again[0]).toMatchObject({ value: 1, startMs: 20 * MINUTE + 1 });
  });

  it("counts every call once, in whatever order and batches its sides come", () => {
    fc.assert(
      fc.property(
        fc
          .array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })), { maxLength: 30 })
          .chain((calls) =>
            fc.tuple(
              fc.constant(calls),
              fc.shuffledSubarray(
                calls.flatMap(([from, to], i): FakeSpan[] => [
                  { service: `c${from}`, kind: "client", trace: 1 + (i % 3), id: i + 1, parent: 999 },
                  { service: `s${to}`, kind: "server", trace: 1 + (i % 3), id: 1_000 + i, parent: i + 1 },
                ]),
                { minLength: calls.length * 2 },
              ),
              fc.integer({ min: 1, max: 7 }),
            ),
          ),
        ([calls, spans, size]) => {
          const graph = createServiceGraph(0);
          for (let i = 0; i < spans.length; i += size) graph.observe(fakeSpans(spans.slice(i, i + size)), i);
          const expected = new Map<string, number>();
          for (const [from, to] of calls) {
            const series = `${TOTAL}{client="c${from}", server="s${to}"}`;
            expected.set(series, (expected.get(series) ?? 0) + 1);
          }
          expect(new Map(edgesAt(graph, MINUTE))).toEqual(expected);
          expect(graph.stats()).toMatchObject({ pending: 0, unpaired: 0 });
        },
      ),
    );
  });

  it("reads ids wherever they lie in memory", () => {
    const graph = createServiceGraph(0);
    const shifted = (bytes: Uint8Array): Uint8Array => {
      const copy = new Uint8Array(bytes.length + 3).subarray(3);
      copy.set(bytes);
      return copy;
    };
    const [one, two] = [fakeSpans([client]), fakeSpans([server])];
    graph.observe({ ...one, traceIds: shifted(one.traceIds), spanIds: shifted(one.spanIds) }, 0);
    graph.observe(two, 0);
    expect(edgesAt(graph, MINUTE)).toHaveLength(1);
  });
});
