import { describe, expect, it } from "vitest";
import { labelsText } from "../model/labels.ts";
import { DAY_MS, MINUTE_MS, durationMs, timestampMs } from "../model/time.ts";
import type { SliCounts } from "../slo/bucket.ts";
import { OCCURRENCES } from "../slo/budgeting-method.ts";
import { compositeTarget } from "../slo/composite.ts";
import { defineCompositeIndicator, defineTracesIndicator } from "../slo/define-indicator.ts";
import { judgeSlo } from "../slo/judge-slo.ts";
import type { Slo } from "../slo/slo.ts";
import { fakeSlo } from "./fake-slos.ts";
import { readMissingWindows } from "./missing-windows.ts";
import { createSloEventCounters } from "./slo-event-counters.ts";
import { sloSamples, type SloSample } from "./slo-samples.ts";

const AT = 1_800_000_000_000;
const indicatorOf = (name: string) =>
  defineTracesIndicator({ total: `{ name = "${name}" }`, outcome: "good", query: "{ status = ok }" });
const [cart, search] = [indicatorOf("cart"), indicatorOf("search")];
const parts = [
  { name: "cart", indicator: cart, method: OCCURRENCES, target: 0.99, weight: 3 },
  { name: "search", indicator: search, method: OCCURRENCES, target: 0.9, weight: 1 },
];
const journey = (changes: Partial<Slo> = {}): Slo =>
  fakeSlo({
    name: "journey",
    service: "shop",
    target: compositeTarget(parts),
    indicator: defineCompositeIndicator(parts),
    ...changes,
  });
const verdictOf = (slo: Slo, counts: ReadonlyMap<string, SliCounts>) =>
  judgeSlo(
    slo,
    ({ indicator }) => counts.get(indicator.id)!,
    timestampMs(AT),
    () => 0,
  );

const COUNTS = new Map<string, SliCounts>([
  [cart.id, { good: 96, total: 100 }],
  [search.id, { good: 80, total: 100 }],
]);
const texts = (samples: readonly SloSample[]) =>
  new Map(samples.map(({ labels, value }) => [labelsText(labels), value]));

describe("recorded series of a composite", () => {
  it("have the burn of the whole and of each part, and what the parts spent", () => {
    const samples = texts(sloSamples([verdictOf(journey(), COUNTS)]));
    const own = 'service="shop", slo="journey"';
    const part = (name: string) => `part="${name}", ${own}`;
    expect(samples.get(`noroshi_slo_burn_rate{${own}, window="1h"}`)).toBeCloseTo(0.75 * 4 + 0.25 * 2);
    expect(samples.get(`noroshi_slo_part_burn_rate{${part("cart")}, window="1h"}`)).toBeCloseTo(4);
    expect(samples.get(`noroshi_slo_part_burn_rate{${part("search")}, window="1h"}`)).toBeCloseTo(2);
    expect(samples.get(`noroshi_slo_part_budget_spent_ratio{${part("cart")}}`)).toBeCloseTo(3);
    expect(samples.get(`noroshi_slo_part_budget_spent_ratio{${part("search")}}`)).toBeCloseTo(0.5);
  });

  it("give Sloth's dashboards the same burn, also where a part is silent", () => {
    const silent = new Map(COUNTS).set(search.id, { good: 0, total: 0 });
    const slo = journey();
    const samples = texts(sloSamples([verdictOf(slo, silent)]));
    const of = (name: string) => [...samples].find(([text]) => text.startsWith(`${name}{`))![1];
    expect(of("slo:sli_error:ratio_rate1h") / of("slo:error_budget:ratio")).toBeCloseTo(4);
    expect(of("slo:current_burn_rate:ratio")).toBeCloseTo(4);
  });

  it("have windows that no alert looks at, from the counts of the parts", async () => {
    const slo = journey({ alerts: [], windowMs: durationMs(7 * DAY_MS) });
    const verdict = verdictOf(slo, COUNTS);
    const asked: string[][] = [];
    const missing = await readMissingWindows([verdict], async (ids) => {
      asked.push([...ids]);
      return COUNTS;
    });
    expect(new Set(asked.flat())).toEqual(new Set([cart.id, search.id]));
    const samples = texts(sloSamples([verdict], missing));
    expect([...samples.keys()].some((text) => text.startsWith("slo:sli_error:ratio_rate6h"))).toBe(true);
  });

  it("count the events of each part under its name", async () => {
    let rows: ReadonlyMap<string, SliCounts> = new Map();
    const counters = createSloEventCounters({
      readCounts: async () => rows,
      readNewest: async () => [],
    });
    await counters.samples([journey()], AT);
    rows = COUNTS;
    const samples = texts(await counters.samples([journey()], AT + MINUTE_MS));
    const series = (outcome: string, part: string) =>
      samples.get(
        `noroshi_slo_events_total{outcome="${outcome}", part="${part}", service="shop", slo="journey"}`,
      );
    expect([series("good", "cart"), series("bad", "cart")]).toEqual([96, 4]);
    expect([series("good", "search"), series("bad", "search")]).toEqual([80, 20]);
    expect(samples.size).toBe(4);
  });
});
