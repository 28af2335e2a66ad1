import { describe, expect, it } from "vitest";
import { diffSchema, type DiffBody } from "../api/spec-change-schema.ts";
import { printDiffAsMarkdown } from "./diff-markdown.ts";
import { bar, printDiff } from "./diff-text.ts";

const budget = (remainingRatio: number, badEvents: number, knownFrom = "2026-01-01T00:00:00.000Z") => ({
  sli: 1 - badEvents / 1_000_000,
  remainingRatio,
  remainingEvents: 1_000 - badEvents,
  goodEvents: 1_000_000 - badEvents,
  badEvents,
  totalEvents: 1_000_000,
  windowStart: "2026-01-01T00:00:00.000Z",
  windowEnd: "2026-01-31T00:00:00.000Z",
  knownFrom,
});

const WEEK = { start: "2026-01-24T00:00:00.000Z", end: "2026-01-31T00:00:00.000Z" };
const NOTHING = {
  before: null,
  after: null,
  replayed: WEEK,
  askedFrom: WEEK.start,
  gained: [],
  lost: [],
  same: 0,
  ends: [],
  limits: [],
};

/** One of each change. */
const DIFF: DiffBody = diffSchema.parse({
  source: "acme/payments",
  at: "2026-01-31T00:00:00.000Z",
  valid: true,
  differs: true,
  held: { revision: "0123456789abcdef", commit: "3f2c1ab4d5e6f708192a3b4c5d6e7f8091a2b3c4" },
  summary: { added: 1, changed: 2, removed: 1, kept: 1, unchanged: 14 },
  slos: [
    {
      name: "payment-availability",
      service: "payment",
      change: "changed",
      file: "slo-specs/payment.yaml",
      line: 3,
      fields: [
        { field: "target", before: "99.9 %", after: "99.95 %" },
        {
          field: "indicator.good",
          before: '{ resource.service.name = "payment" && span.http.response.status_code < 500 }',
          after: '{ resource.service.name = "payment" && span.http.response.status_code < 400 }',
        },
        { field: "alerts.critical", before: "page-quick 1h/5m x14.4", after: "" },
      ],
      effect: {
        ...NOTHING,
        before: budget(0.712, 288),
        after: budget(-0.34, 670),
        gained: [
          {
            alert: "critical",
            severity: "critical",
            tier: "page-quick",
            firedAt: "2026-01-30T03:04:10.000Z",
            resolvedAt: "2026-01-30T03:31:10.000Z",
          },
        ],
        lost: [
          {
            alert: "policy/slow-burn",
            severity: "warning",
            tier: "burns",
            firedAt: "2026-01-29T10:00:00.000Z",
            resolvedAt: null,
          },
        ],
        same: 2,
        ends: [
          {
            episodeId: "019",
            alert: "critical",
            severity: "critical",
            startedAt: "2026-01-30T22:00:00.000Z",
            reason: "alert_removed",
          },
        ],
      },
    },
    {
      name: "payment-latency",
      service: "payment",
      change: "added",
      file: "slo-specs/latency.yaml",
      line: 1,
      fields: [],
      effect: {
        ...NOTHING,
        after: budget(0.95, 50, "2026-01-25T00:00:00.000Z"),
        replayed: { start: "2026-01-25T00:00:00.000Z", end: WEEK.end },
        limits: ["history reaches back to 2026-01-25 00:00 UTC: 6 d were replayed"],
      },
    },
    {
      name: "payment-owner",
      service: "payment",
      change: "changed",
      file: "slo-specs/payment.yaml",
      line: 40,
      fields: [{ field: "owner", before: "payments", after: "" }],
      effect: null,
    },
    {
      name: "refund-availability",
      service: "refund",
      change: "removed",
      file: "slo-specs/refund.yaml",
      line: 3,
      fields: [],
      effect: { ...NOTHING, before: budget(0.5, 500) },
    },
    {
      name: "wallet-availability",
      service: "wallet",
      change: "kept",
      file: "slo-specs/wallet.kept.yaml",
      line: 3,
      fields: [],
      effect: null,
    },
    ...Array.from({ length: 14 }, (_, i) => ({
      name: `same-${i}`,
      service: "same",
      change: "unchanged" as const,
      file: "slo-specs/same.yaml",
      line: i + 1,
      fields: [],
      effect: null,
    })),
  ],
  corrections: [{ name: "database-move", change: "added" }],
  conflicts: [],
  diagnostics: [],
});

const INVALID: DiffBody = {
  ...DIFF,
  valid: false,
  differs: false,
  slos: [],
  corrections: [],
  summary: { added: 0, changed: 0, removed: 0, kept: 0, unchanged: 0 },
  conflicts: [
    {
      slo: "ledger-availability",
      file: "slo-specs/ledger.yaml:4",
      owner: "the folder ./slo-specs",
      ownerFile: "slo-specs/ledger.yaml:4",
    },
  ],
  diagnostics: [
    {
      severity: "error",
      file: "slo-specs/bad.yaml",
      line: 19,
      column: 37,
      path: "spec.objectives[0].targt",
      message: 'unknown field "targt" | <b>@everyone</b>',
      hint: 'did you mean "target"?',
    },
  ],
};

const ABOUT = { server: "https://noroshi.example", sourceFrom: "the git remote" };
const text = (diff: DiffBody): string => printDiff(diff, ABOUT, { colours: false });

describe("a diff in the terminal", () => {
  it("is a line, and a block for each SLO that changes", () => {
    expect(text(DIFF)).toMatchInlineSnapshot(`
      "acme/payments (from the git remote) on https://noroshi.example
      2 changed, 1 added, 1 removed, 1 kept, 14 unchanged, 1 correction differs · alerts: 1 more, 1 fewer · 1 open alert would end

      + correction database-move  added

      ~ payment-availability  changed, service payment, slo-specs/payment.yaml:3
          target             99.9 % → 99.95 %
          indicator.good
            - { resource.service.name = "payment" && span.http.response.status_code < 500 }
            + { resource.service.name = "payment" && span.http.response.status_code < 400 }
          alerts.critical    page-quick 1h/5m x14.4 → nothing
          budget before          71 %  ██████████████░░░░░░  SLI 99.971 %, 288 bad of 1,000,000
          budget after          -34 %  ░░░░░░░░░░░░░░░░░░░░  SLI 99.933 %, 670 bad of 1,000,000
          alerts             1 more, 1 fewer, 2 as before in the last 7 d
            + critical page-quick, 2026-01-30 03:04 UTC, 27 min
            - warning slow-burn burns, 2026-01-29 10:00 UTC, still firing
          ! the critical alert that is open since 2026-01-30 22:00 UTC would end: the SLO has no such alert then

      + payment-latency  added, service payment, slo-specs/latency.yaml:1
          error budget           95 %  ███████████████████░  SLI 99.995 %, 50 bad of 1,000,000, of 6 d that are known
          alerts             none in the last 6 d
          (history reaches back to 2026-01-25 00:00 UTC: 6 d were replayed)

      ~ payment-owner  changed, service payment, slo-specs/payment.yaml:40
          owner              payments → nothing
          budget and alerts stay as they are

      - refund-availability  removed, service refund, slo-specs/refund.yaml:3
          error budget           50 %  ██████████░░░░░░░░░░  SLI 99.95 %, 500 bad of 1,000,000
          alerts             none in the last 7 d

      = wallet-availability  kept, service wallet
          no longer in the files; it runs on: --prune ends it
      "
    `);
  });

  it("of invalid files lists what is wrong, and where", () => {
    expect(text(INVALID)).toMatchInlineSnapshot(`
      "acme/payments (from the git remote) on https://noroshi.example
      2 errors: nothing was compared, and nothing would be applied

      conflict ledger-availability of slo-specs/ledger.yaml:4 belongs to the folder ./slo-specs (slo-specs/ledger.yaml:4): rename it, or take it out there first

      To see what they would change there: noroshi diff --in-place-of <that folder or repository>

      error slo-specs/bad.yaml:19:37: unknown field "targt" | <b>@everyone</b>
        did you mean "target"?
      "
    `);
  });

  it("without a difference is two lines", () => {
    const same = { ...DIFF, differs: false, slos: DIFF.slos.slice(5), corrections: [] };
    const summary = { added: 0, changed: 0, removed: 0, kept: 0, unchanged: 14 };
    expect(text({ ...same, summary })).toMatchInlineSnapshot(`
      "acme/payments (from the git remote) on https://noroshi.example
      no changes: 14 unchanged
      "
    `);
  });

  it("has the same words in colours", () => {
    const coloured = printDiff(DIFF, ABOUT, { colours: true });
    const colours = new RegExp(`${String.fromCodePoint(27)}\\[\\d+m`, "g");
    expect(coloured).toMatch(colours);
    expect(coloured.replaceAll(colours, "")).toBe(text(DIFF));
  });
});

describe("a diff for a pull request", () => {
  it("is a line, a table, and the details folded", () => {
    expect(printDiffAsMarkdown(DIFF)).toMatchInlineSnapshot(`
      "<!-- noroshi diff acme/payments -->
      ### SLOs of \`acme/payments\`

      2 changed, 1 added, 1 removed, 1 kept, 14 unchanged, 1 correction differs · alerts: 1 more, 1 fewer · 1 open alert would end

      - correction \`database-move\`: added

      | SLO |  | budget left | SLI | alerts |
      | --- | --- | --- | --- | --- |
      | \`payment-availability\` | changed | 71 % → **-34 %** | 99.971 % → **99.933 %** | **+1**, −1, ends 1 that is open |
      | \`payment-latency\` | added | 95 % | 99.995 % | none |
      | \`payment-owner\` | changed |  |  |  |
      | \`refund-availability\` | removed | 50 % | 99.95 % | none |
      | \`wallet-availability\` | kept |  |  |  |

      <details><summary><code>payment-availability</code>: changed</summary>

      Service \`payment\`, \`slo-specs/payment.yaml:3\`

      \`\`\`diff
      - target: 99.9 %
      + target: 99.95 %
      - indicator.good: { resource.service.name = "payment" && span.http.response.status_code < 500 }
      + indicator.good: { resource.service.name = "payment" && span.http.response.status_code < 400 }
      - alerts.critical: page-quick 1h/5m x14.4
      \`\`\`
      - budget before: 71 % left, SLI 99.971 %, 288 bad of 1,000,000
      - budget after: -34 % left, SLI 99.933 %, 670 bad of 1,000,000
      - alerts: 1 more, 1 fewer, 2 as before in the last 7 d
        - would have fired: critical page-quick, 2026-01-30 03:04 UTC, 27 min
        - would fire no longer: warning slow-burn burns, 2026-01-29 10:00 UTC, still firing
      - **an open alert (critical) would end**: the SLO has no such alert then

      </details>

      <details><summary><code>payment-latency</code>: added</summary>

      Service \`payment\`, \`slo-specs/latency.yaml:1\`

      - budget after: 95 % left, SLI 99.995 %, 50 bad of 1,000,000, of 6 d that are known
      - alerts: none in the last 6 d
      - history reaches back to 2026-01-25 00:00 UTC: 6 d were replayed

      </details>

      <details><summary><code>payment-owner</code>: changed</summary>

      Service \`payment\`, \`slo-specs/payment.yaml:40\`

      \`\`\`diff
      - owner: payments
      \`\`\`
      Budget and alerts stay as they are.

      </details>

      <details><summary><code>refund-availability</code>: removed</summary>

      Service \`refund\`, \`slo-specs/refund.yaml:3\`

      - budget before: 50 % left, SLI 99.95 %, 500 bad of 1,000,000
      - alerts: none in the last 7 d

      </details>

      <details><summary><code>wallet-availability</code>: kept</summary>

      Service \`wallet\`

      No longer in the files; it runs on: \`noroshi apply --prune\` ends it.

      </details>
      "
    `);
  });

  it("of invalid files is a table of what is wrong, in which no text is markup or calls anybody", () => {
    expect(printDiffAsMarkdown(INVALID)).toMatchInlineSnapshot(`
      "<!-- noroshi diff acme/payments -->
      ### SLOs of \`acme/payments\`

      **Not valid.** 2 errors: nothing was compared, and nothing would be applied

      |  | where | what |
      | --- | --- | --- |
      | conflict | \`slo-specs/ledger.yaml:4\` | \`ledger-availability\` belongs to the folder ./slo-specs (slo-specs/ledger.yaml:4) |
      | error | \`slo-specs/bad.yaml:19\` | unknown field "targt" \\| &lt;b&gt;@​everyone&lt;/b&gt;<br>did you mean "target"? |
      "
    `);
  });

  it("fits into a comment however much changes", () => {
    const many = Array.from({ length: 400 }, (_, i) => ({ ...DIFF.slos[0]!, name: `slo-${i}` }));
    const comment = printDiffAsMarkdown({ ...DIFF, slos: many });
    expect(comment.length).toBeLessThan(65_000);
    expect(comment).toMatch(/\d+ more without details/);
    expect(comment.split("<details>")).toHaveLength(comment.split("</details>").length);
  });
});

describe("the bar of a budget", () => {
  it("is full when nothing is spent, and empty when all is, or more", () => {
    expect([1.2, 1, 0.5, 0, -3].map(bar).map((text) => text.lastIndexOf("█") + 1)).toEqual([
      20, 20, 10, 0, 0,
    ]);
  });
});
