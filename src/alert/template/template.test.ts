import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SAMPLE_FACTS } from "../sample-episode.ts";
import { MESSAGE_NAMES, messageValues, type MessageSubject } from "./message-values.ts";
import { readTemplate } from "./read-template.ts";
import { renderTemplate } from "./render-template.ts";

const STARTED = Date.UTC(2026, 0, 31, 3, 4, 5);

function subject(changes: Partial<MessageSubject["news"]> = {}): MessageSubject {
  return {
    news: {
      action: "trigger",
      facts: { ...SAMPLE_FACTS, labels: { team: "payments" } },
      startedAtMs: STARTED,
      atMs: STARTED + 120_000,
      resolution: null,
      context: {
        changes: [{ service: "payment", version: "1.4.2", firstSeenMs: STARTED - 360_000 }],
        contributors: [
          { kind: "endpoint", value: "POST /checkout", badEvents: 91, badShare: 0.91, eventShare: 0.12 },
          { kind: "version", value: "1.4.2", badEvents: 97, badShare: 0.97, eventShare: 0.3 },
        ],
      },
      ...changes,
    },
    severity: "critical",
    alertKey: "critical",
    episodeId: "019770a1-0000-7000-8000-000000000001",
    link: "https://noroshi.example/slos/payment-availability",
    runbook: "https://runbooks.example/payment",
  };
}

function render(source: string, given = subject(), escape?: (text: string) => string): string {
  const read = readTemplate(source, MESSAGE_NAMES);
  if (!read.ok) throw new Error(read.problems.join("\n"));
  return renderTemplate(read.template, messageValues(given), escape);
}

function problems(source: string): readonly string[] {
  const read = readTemplate(source, MESSAGE_NAMES);
  return read.ok ? [] : read.problems;
}

describe("a template", () => {
  it.each([
    ["{{ slo }} burns {{ burn }}", "payment-availability burns 52x"],
    [
      "{{slo|upper}}: {{ budget_left }} left, gone in {{ time_left }}",
      "PAYMENT-AVAILABILITY: 31 % left, gone in 4 h 10 min",
    ],
    ["{{ budget_left | json }} {{ long_burn | json }} {{ time_left | json }}", "0.31 18.2 15000000"],
    ['{{ labels.team }}/{{ labels.tier | default "none" }}', "payments/none"],
    ['{{ owner | default: "nobody" | upper }}', "PAYMENTS"],
    ["{{#if runbook}}see {{ runbook }}{{else}}no runbook{{/if}}", "see https://runbooks.example/payment"],
    ['{{#if severity == "critical"}}PAGE{{else}}ticket{{/if}}', "PAGE"],
    ['{{#if action != "resolve"}}on{{/if}}{{#if not changes}}no change{{/if}}', "on"],
    [
      "{{#each contributors}}[{{ value }} {{ bad_share }} of {{ slo }}]{{/each}}",
      "[POST /checkout 91 % of payment-availability][1.4.2 97 % of payment-availability]",
    ],
    ["{{#each changes}}{{ text }}{{/each}}", "New version of payment: 1.4.2, 6 min before it began"],
    ['{{ "{{" }} as it is {{! not shown }}', "{{ as it is "],
    ["started {{ started_at }}, {{ lasted }}", "started 2026-01-31 03:04:05 UTC, 2 min"],
  ])("%s", (source, expected) => {
    expect(render(source)).toBe(expected);
  });

  it("leaves no empty lines where blocks have lines of their own", () => {
    const source =
      "top\n{{#if runbook}}\n  yes\n{{else}}\n  no\n{{/if}}\n{{#each details}}\n- {{ name }}\n{{/each}}\nend\n";
    expect(render(source)).toMatch(/^top\n {2}yes\n- Service\n(- .*\n)*end\n$/);
  });

  it.each([
    ["{{ sloo }}", 'unknown name "sloo": did you mean "slo"?'],
    ["{{ slo | uper }}", 'unknown filter "uper": did you mean "upper"?'],
    ["{{ slo | default }}", 'filter "default": write for instance default "none"'],
    ['{{ slo | upper "x" }}', 'filter "upper": it takes no text'],
    ["{{ changes }}", '"changes" is a list: write {{#each changes}} … {{/each}}'],
    ["{{#each change}}{{/each}}", 'unknown list "change": did you mean "changes"?'],
    ["{{#if burnn}}{{/if}}", 'unknown name "burnn": did you mean "burn"?'],
    ["{{#unless slo}}{{/unless}}", 'unknown block "#unless": write {{#if name}} or {{#each list}}'],
    ["{{#if slo}}", "{{#if}} is not closed by {{/if}}"],
    ["{{#if slo}}{{/each}}{{/if}}", "{{/each}}: {{/if}} comes first"],
    ["{{/if}}", "{{/if}}: no block is open here"],
    ["{{else}}", "{{else}} belongs into {{#if}}, once"],
    ["{{ slo", "{{ is not closed by }}"],
    ["{{ }}", "there is nothing between the braces"],
    ["{{ value }}", 'unknown name "value"'],
  ])("%s is refused when it is read", (source, expected) => {
    expect(problems(source)[0]).toContain(expected);
  });

  it("says the line of a mistake", () => {
    expect(problems("a\nb {{ slo }}\n{{ slow }}")).toEqual([
      'line 3: unknown name "slow": did you mean "slo"?',
    ]);
  });

  it("escapes what it shows, and not its own text", () => {
    const hostile = subject({ facts: { ...SAMPLE_FACTS, sloName: "<!channel> & *x*" } });
    const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    expect(render("<b>{{ slo }}</b> {{ slo | json }}", hostile, escape)).toBe(
      '<b>&lt;!channel> &amp; *x*</b> "&lt;!channel> &amp; *x*"',
    );
  });

  it("never takes what a value holds for a template", () => {
    const nested = subject({ facts: { ...SAMPLE_FACTS, description: "{{ slo }}{{#if}}" } });
    expect(render("{{ description }}", nested)).toBe("{{ slo }}{{#if}}");
  });

  it("has nothing of an SLO to say of Noroshi itself", () => {
    const self = { summary: "the disk is full", detail: "make room", path: "/", observer: "a" };
    const given = subject({ facts: { ...SAMPLE_FACTS, self } });
    expect(render("{{ summary }}|{{ burn }}|{{ next_step }}", given)).toBe(
      "Noroshi: the disk is full||make room",
    );
  });

  it("reads any text, and renders what it could read, within its bounds", () => {
    const pieces = fc.constantFrom(
      "{{",
      "}}",
      "{{#if slo}}",
      "{{/if}}",
      "{{else}}",
      "{{#each details}}",
      "{{/each}}",
      "{{ slo }}",
      "{{ value }}",
      "{{ description | json }}",
      '"',
      "|",
      "\n",
      "  ",
      "x",
    );
    const facts = { ...SAMPLE_FACTS, description: "d".repeat(100_000) };
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 40 }), (parts) => {
        const read = readTemplate(parts.join(""), MESSAGE_NAMES);
        if (!read.ok) {
          expect(read.problems.length).toBeGreaterThan(0);
          return;
        }
        const text = renderTemplate(read.template, messageValues(subject({ facts })));
        expect(text.length).toBeLessThanOrEqual(50_000);
      }),
      { numRuns: 500 },
    );
  });
});
