import { SKETCH_SIZE, type EventSample, type ValueRow } from "./attribution-ports.ts";

/** How much one series of a counter rose, added or taken off. */
export interface Rise {
  readonly labels: Readonly<Record<string, string>>;
  readonly rise: number;
}

/** What an SLO counts, of one interval. */
export interface CounterRises {
  readonly total: readonly Rise[];
  readonly outcome: "good" | "bad";
  /** Of that outcome. */
  readonly select: readonly Rise[];
}

/** Bucket boundaries are no property of an event. */
const NOT_AN_ATTRIBUTE = new Set(["__name__", "le"]);

/**
 * The events of counters by the values of their labels, as if each event were known. Values are on the same events when they are
 * on the same series.
 */
export function counterSample({ total, outcome, select }: CounterRises): EventSample {
  const all = sum(total);
  const selected = Math.min(sum(select), all);
  const bad = outcome === "bad" ? selected : all - selected;
  const totals = byValue(total);
  const selects = byValue(select);
  const rows = [...totals].flatMap(([label, values]) =>
    [...values].map(([value, ofTotal]): ValueRow => {
      const part = Math.min(selects.get(label)?.get(value)?.rise ?? 0, ofTotal.rise);
      const ofBad = outcome === "bad" ? part : ofTotal.rise - part;
      return {
        scope: "label",
        key: label,
        type: "str",
        value,
        bad: ofBad,
        good: ofTotal.rise - ofBad,
        badSketch: ofTotal.series,
        goodSketch: ofTotal.series,
        traceIds: [],
        distinct: values.size,
        present: [...values.values()].reduce((events, { rise }) => events + rise, 0),
      };
    }),
  );
  return {
    events: { total: Math.round(all), bad: Math.round(bad), isEstimated: true },
    bad,
    good: all - bad,
    rows: rows.sort((a, b) =>
      a.key < b.key ? -1 : a.key > b.key ? 1 : b.bad - a.bad || (a.value < b.value ? -1 : 1),
    ),
  };
}

interface ValueRise {
  rise: number;
  /** Numbers of its series. */
  readonly series: string[];
}

function byValue(rises: readonly Rise[]): ReadonlyMap<string, ReadonlyMap<string, ValueRise>> {
  const labels = new Map<string, Map<string, ValueRise>>();
  for (const [i, { labels: named, rise }] of rises.entries()) {
    for (const [label, value] of Object.entries(named)) {
      if (NOT_AN_ATTRIBUTE.has(label)) continue;
      const values = labels.get(label) ?? new Map<string, ValueRise>();
      labels.set(label, values);
      const known = values.get(value) ?? { rise: 0, series: [] };
      values.set(value, known);
      known.rise = Math.max(0, known.rise + rise);
      if (known.series.length < SKETCH_SIZE) known.series.push(String(i));
    }
  }
  return labels;
}

const sum = (rises: readonly Rise[]): number =>
  Math.max(
    0,
    rises.reduce((all, { rise }) => all + rise, 0),
  );
