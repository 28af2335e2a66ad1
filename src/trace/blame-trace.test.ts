import { describe, expect, it } from "vitest";
import { blameFailure, blameSlowness, type Blame } from "./blame-trace.ts";
import { sampleTrace, type SampleSpan } from "./sample-trace.ts";
import { buildTree } from "./trace-tree.ts";

const HTTP_503 = { "http.response.status_code": 503 };

/** A call: the client's span and the server's. */
function call(
  from: string,
  parent: string,
  to: string,
  at: readonly [number, number],
  failed: Partial<SampleSpan> = {},
): readonly SampleSpan[] {
  const id = `${from}>${to}@${at[0]}`;
  return [
    { id, parent, service: from, name: `call ${to}`, kind: "client", at, ...failed },
    {
      id: `${to}@${at[0]}`,
      parent: id,
      service: to,
      name: `serve ${to}`,
      kind: "server",
      at: [at[0] + 1, at[1] - 1],
      ...failed,
    },
  ];
}

const entry = (at: readonly [number, number], error = true): SampleSpan => ({
  id: "entry",
  service: "checkout",
  name: "POST /checkout",
  kind: "server",
  at,
  error,
});

function blame(lines: readonly SampleSpan[], of = "entry"): Blame {
  const bad = buildTree(sampleTrace(lines)).nodes.find(({ span }) => span.spanId === of)!;
  return blameFailure(bad);
}

describe("whose failure it is", () => {
  it("chain: the last one that failed", () => {
    const lines = [
      entry([0, 100]),
      ...call("checkout", "entry", "payment", [10, 90], { error: true }),
      ...call("payment", "payment@10", "ledger", [20, 80], { error: true }),
    ];
    expect(blame(lines)).toMatchObject({
      name: "ledger",
      isService: true,
      reason: "own-error",
      spanId: "ledger@20",
    });
  });

  it("diamond: the branch that failed, not the one that did its work", () => {
    const lines = [
      entry([0, 100]),
      ...call("checkout", "entry", "fraud", [5, 40]),
      ...call("checkout", "entry", "payment", [5, 60], { error: true }),
      ...call("fraud", "fraud@5", "cards", [12, 30]),
      ...call("payment", "payment@5", "cards", [10, 50], { error: true }),
    ];
    expect(blame(lines)).toMatchObject({
      name: "cards",
      path: ["entry", "checkout>payment@5", "payment@5", "payment>cards@10", "cards@10"],
    });
  });

  it("masked retry: a failure that was tried again with success explains nothing", () => {
    const lines = [
      entry([0, 100]),
      ...call("checkout", "entry", "payment", [10, 20], { error: true }),
      ...call("checkout", "entry", "payment", [30, 40]),
    ];
    expect(blame(lines)).toMatchObject({ name: "checkout", reason: "own-error" });
  });

  it("retries that all failed: the last of them", () => {
    const lines = [
      entry([0, 100]),
      ...call("checkout", "entry", "payment", [10, 20], { error: true }),
      ...call("checkout", "entry", "payment", [30, 40], { error: true }),
    ];
    expect(blame(lines)).toMatchObject({ name: "payment", spanId: "payment@30" });
  });

  it("timeout with a healthy callee: whoever took the time below the call", () => {
    const lines: SampleSpan[] = [
      entry([0, 1_010]),
      {
        id: "c",
        parent: "entry",
        service: "checkout",
        kind: "client",
        at: [5, 1_005],
        error: true,
        attributes: { "error.type": "timeout" },
      },
      { id: "s", parent: "c", service: "payment", kind: "server", at: [6, 1_400] },
      {
        id: "q",
        parent: "s",
        service: "payment",
        kind: "client",
        at: [10, 1_390],
        attributes: { "db.system.name": "postgresql", "db.namespace": "orders" },
      },
    ];
    expect(blame(lines)).toMatchObject({
      name: "orders",
      isService: false,
      reason: "slow-callee",
      spanId: "q",
    });
  });

  it("connection refused: the peer that the client names", () => {
    const lines: SampleSpan[] = [
      entry([0, 20]),
      {
        id: "c",
        parent: "entry",
        service: "checkout",
        kind: "client",
        at: [5, 6],
        error: true,
        exception: "ECONNREFUSED",
        attributes: { "server.address": "payment.internal" },
      },
    ];
    expect(blame(lines)).toMatchObject({ name: "payment.internal", isService: false, reason: "no-answer" });
  });

  it("caller's bug: everything below succeeded", () => {
    const lines = [
      { ...entry([0, 100]), exception: "TypeError" },
      ...call("checkout", "entry", "payment", [10, 90]),
    ];
    expect(blame(lines)).toMatchObject({ name: "checkout", reason: "own-error", spanId: "entry" });
  });

  it("a request that the callee refuses as wrong is the caller's: the callee's span is no failure", () => {
    const lines: SampleSpan[] = [
      entry([0, 100]),
      {
        id: "c",
        parent: "entry",
        service: "checkout",
        kind: "client",
        at: [10, 20],
        error: true,
        attributes: { "http.response.status_code": 422 },
      },
      {
        id: "s",
        parent: "c",
        service: "payment",
        kind: "server",
        at: [11, 19],
        attributes: { "http.response.status_code": 422 },
      },
    ];
    expect(blame(lines)).toMatchObject({ name: "checkout", reason: "own-error", spanId: "c" });
  });

  it("open breaker: the one that was not called", () => {
    const lines: SampleSpan[] = [
      entry([0, 5]),
      {
        id: "c",
        parent: "entry",
        service: "checkout",
        kind: "client",
        at: [1, 1.1],
        error: true,
        exception: "io.github.resilience4j.circuitbreaker.CallNotPermittedException",
        attributes: { "peer.service": "payment" },
      },
    ];
    expect(blame(lines)).toMatchObject({ name: "payment", reason: "open-breaker" });
  });

  it("own cancellation: who gave up is to blame, not whom it left", () => {
    const lines: SampleSpan[] = [
      entry([0, 100]),
      {
        id: "c",
        parent: "entry",
        service: "checkout",
        kind: "client",
        at: [10, 20],
        error: true,
        exception: "AbortError",
      },
      { id: "s", parent: "c", service: "payment", kind: "server", at: [11, 60] },
    ];
    expect(blame(lines)).toMatchObject({ name: "checkout", reason: "own-cancellation" });
  });

  it("two roots, and half of the spans lost: what is there is judged", () => {
    const lines: SampleSpan[] = [
      entry([0, 100]),
      {
        id: "c",
        parent: "entry",
        service: "checkout",
        kind: "client",
        at: [10, 90],
        error: true,
        attributes: { ...HTTP_503, "server.address": "payment" },
      },
      { id: "lost-parent", parent: "gone", service: "ledger", kind: "server", at: [30, 60], error: true },
    ];
    expect(blame(lines)).toMatchObject({ name: "payment", isService: false, reason: "no-answer" });
    expect(blame(lines, "lost-parent")).toMatchObject({ name: "ledger" });
  });

  it("a circle of calls ends", () => {
    const lines = [
      { ...entry([0, 100]), parent: "x" },
      {
        id: "x",
        parent: "entry",
        service: "a",
        kind: "server",
        at: [1, 99],
        error: true,
      } satisfies SampleSpan,
    ];
    expect(blame(lines).name).toMatch(/a|checkout/);
  });

  it("queue: what a consumer does later does not fail the one who sent", () => {
    const lines: SampleSpan[] = [
      entry([0, 100]),
      { id: "p", parent: "entry", service: "checkout", kind: "producer", at: [10, 12] },
      { id: "k", parent: "p", service: "mailer", kind: "consumer", at: [200, 300], error: true },
    ];
    expect(blame(lines)).toMatchObject({ name: "checkout" });
  });

  it("steps that say nothing about how they went are looked through", () => {
    const lines = [
      entry([0, 100]),
      { id: "step", parent: "entry", service: "checkout", at: [5, 95] } satisfies SampleSpan,
      ...call("checkout", "step", "payment", [10, 90], { error: true }),
    ];
    expect(blame(lines)).toMatchObject({ name: "payment" });
  });
});

describe("whose slowness it is", () => {
  it("who takes most more than usual on the critical path, not who takes most", () => {
    const lines = [
      entry([0, 500], false),
      ...call("checkout", "entry", "payment", [10, 310]),
      ...call("checkout", "entry", "fraud", [310, 490]),
    ];
    const root = buildTree(sampleTrace(lines)).roots[0]!;
    const usual: Record<string, number> = { "serve payment": 290e6, "serve fraud": 20e6 };
    const blamed = blameSlowness(root, ({ span }) => usual[span.name] ?? 0);
    expect(blamed).toMatchObject({ name: "fraud", reason: "own-time", spanId: "fraud@310" });
    expect(blameSlowness(root, () => 0).name).toBe("payment");
  });

  it("work beside the critical path is nobody's fault", () => {
    const lines = [
      entry([0, 300], false),
      ...call("checkout", "entry", "slow-but-parallel", [10, 200]),
      ...call("checkout", "entry", "payment", [5, 290]),
    ];
    expect(blameSlowness(buildTree(sampleTrace(lines)).roots[0]!, () => 0).name).toBe("payment");
  });
});
