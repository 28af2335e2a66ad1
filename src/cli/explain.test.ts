import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { explainNumber } from "../ledger/explain-number.ts";
import type { Explanation } from "../ledger/explanation.ts";
import { ledgerEntry } from "../ledger/ledger-entry.ts";
import { fakeSlo, fakeVerdict } from "../record/fake-slos.ts";
import { runExplain } from "./explain.ts";

const AT_MS = Date.UTC(2026, 9, 3, 12);
const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

function number(good: number, total: number) {
  const slo = fakeSlo();
  const entry = ledgerEntry(fakeVerdict(slo, { good, total }, AT_MS), AT_MS - 86_400_000);
  return explainNumber({ ...entry, definition: slo, atMs: AT_MS, exclusions: [], rawFromMs: 0 });
}

const ANSWER: Explanation = {
  slo: "payment-availability",
  displayName: "Payment\u001b[31m",
  service: "payment",
  owner: null,
  at: new Date(AT_MS).toISOString(),
  asKnown: number(9_990, 10_000),
  asKnownNote: null,
  revision: {
    revision: "0123456789abcdef",
    isCurrent: false,
    target: 0.999,
    window: "30d",
    source: "counted span by span",
    queries: [{ what: "every event", query: "{ }" }],
    file: "slos/payment.yaml",
    commit: "89abcdef0123456789abcdef",
    loadedAt: "2026-09-01T00:00:00.000Z",
  },
  computedNow: number(9_990, 10_020),
  computedNowNote: null,
  difference: ["30 more events are counted in the window now than then, 30 more of them bad."],
};

async function run(status: number, body: unknown) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => server.close());
  const out = { stdout: "", stderr: "" };
  const write = (to: "stdout" | "stderr") => ({ write: (text: string) => (out[to] += text) });
  const code = await runExplain(
    "payment-availability",
    {
      server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      at: "2026-10-03T12:00:00Z",
      format: "text",
    },
    { stdout: write("stdout"), stderr: write("stderr"), isTerminal: false },
  );
  return { code, asked, ...out };
}

describe("noroshi explain", () => {
  it("prints what was known, what is known now, and why they differ; what a file says does not steer the terminal", async () => {
    const { code, asked, stdout } = await run(200, ANSWER);
    expect(code).toBe(0);
    expect(asked).toEqual(["/api/v1/slos/payment-availability/explain?at=2026-10-03T12%3A00%3A00Z"]);
    expect(stdout).toMatchInlineSnapshot(`
      "Payment [31m  (payment-availability · payment · no owner)

      As it was known: 2026-10-03 12:00:00 UTC
        In the 30 d up to 2026-10-03 12:00:00 UTC 9,990 of 10,000 events were good: 99.9 %, with a target of 99.9 %. 10 were bad, so the budget is spent.

        SLI 99.9 %   budget left spent   state breached

        bad events             10,000 events − 9,990 good  = 10
        SLI                    9,990 good ÷ 10,000         = 0.999 (99.9 %)
        share that may be bad  1 − 0.999 (the target)      = 0.001
        budget, in events      10,000 × 0.001              = 10
        budget left            (10 − 10 bad) ÷ 10          = 0 (0 %)

        Window    2026-09-03 12:00:10 UTC to 2026-10-03 12:00:10 UTC (30d)
        Coverage  Counts are complete since 2026-10-02 12:00:00 UTC: 1 d of 30 d (3.3 %) of the window are covered; before that, events may be missing; the spans that were counted are still stored, so all of it can be counted anew.
        Burn      page-quick (critical): 1x over 1h, 1x over 5m; threshold 14.4x
        Burn      page-slow (critical): 1x over 6h, 1x over 30m; threshold 6x
        Burn      ticket-quick (warning): 1x over 1d, 1x over 2h; threshold 3x
        Burn      ticket-slow (warning): 1x over 3d, 1x over 6h; threshold 1x

      Computed now, for the same time: 2026-10-03 12:00:00 UTC
        In the 30 d up to 2026-10-03 12:00:00 UTC 9,990 of 10,020 events were good: 99.7 %, with a target of 99.9 %. 30 were bad, so the budget is spent 3 times over.

        SLI 99.7 %   budget left spent 3 times over   state breached

        bad events             10,020 events − 9,990 good  = 30
        SLI                    9,990 good ÷ 10,020         ≈ 0.99700599 (99.7 %)
        share that may be bad  1 − 0.999 (the target)      = 0.001
        budget, in events      10,020 × 0.001              = 10.02
        budget left            (10.02 − 30 bad) ÷ 10.02    ≈ −1.99401 (-199 %)

        Window    2026-09-03 12:00:10 UTC to 2026-10-03 12:00:10 UTC (30d)
        Coverage  Counts are complete since 2026-10-02 12:00:00 UTC: 1 d of 30 d (3.3 %) of the window are covered; before that, events may be missing; the spans that were counted are still stored, so all of it can be counted anew.
        Burn      page-quick (critical): 2.994x over 1h, 2.994x over 5m; threshold 14.4x
        Burn      page-slow (critical): 2.994x over 6h, 2.994x over 30m; threshold 6x
        Burn      ticket-quick (warning): 2.994x over 1d, 2.994x over 2h; threshold 3x
        Burn      ticket-slow (warning): 2.994x over 3d, 2.994x over 6h; threshold 1x

      Since then
        30 more events are counted in the window now than then, 30 more of them bad.

      Definition 0123456789ab, no longer in force
        target 99.9 % over 30d, counted span by span
        every event: { }
        slos/payment.yaml at 89abcdef0123
        loaded first at 2026-09-01 00:00:00 UTC
      "
    `);
  });

  it("ends with 2 and the server's reason when there is nothing to explain", async () => {
    const { code, stderr } = await run(404, { detail: 'no SLO is or was named "payment-availability"' });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^noroshi explain: could not run: http:\S+ answered 404: no SLO is or was named/);
  });
});
