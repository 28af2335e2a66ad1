import { isScalar } from "yaml";
import { LONGEST_SCRIPT_MS, type Ramp, type TrafficFlow, type TrafficStep } from "../replay/traffic.ts";
import { describe, readFields, readItems, readMapping, requireField, type Fields } from "../spec/fields.ts";
import { suggestName } from "../model/nearest-name.ts";
import { report, type Place } from "../spec/place.ts";
import { readBoolean, readText } from "../spec/scalars.ts";
import { readLength } from "./read-length.ts";
import { readErrors, readRate, scalarText } from "./read-rate.ts";
import type { Marks } from "./test-case.ts";

export interface Traffic {
  readonly steps: readonly TrafficStep[];
  /** How long the steps with `before` are together; the case's time 0 lies behind them. */
  readonly beforeMs: number;
  readonly marks: Marks;
}

/** What a step goes on with where it says nothing itself. */
interface Flow {
  rate: number | undefined;
  errors: number;
}

interface Reader {
  readonly steps: TrafficStep[];
  readonly flow: Flow;
  /** From the start of the traffic. */
  readonly marks: Map<string, { readonly atMs: number; readonly place: Place }>;
  lengthMs: number;
  beforeMs: number;
  nested: boolean;
  /** Of the SLO; none where it is no composite, undefined where there is no SLO. */
  readonly partNames: readonly string[] | undefined;
}

const STEP_FIELDS = [
  "for",
  "before",
  "mark",
  "rate",
  "errors",
  "good",
  "bad",
  "total",
  "gap",
  "repeat",
  "steps",
  "parts",
];
const COUNTED = ["good", "bad", "total"];
const FLOW_FIELDS = ["rate", "errors", "gap", ...COUNTED];
const MARK = /^[a-z][a-z0-9_-]*$/;
/** Words that mean something else in expectations. */
const RESERVED_MARKS = ["end", "and", "of"];

/** Reads the steps of a case's traffic; what is wrong is reported. `partNames`: of a composite. */
export function readTraffic(place: Place, partNames?: readonly string[]): Traffic | undefined {
  const reader: Reader = {
    steps: [],
    flow: { rate: undefined, errors: 0 },
    marks: new Map(),
    lengthMs: 0,
    beforeMs: 0,
    nested: false,
    partNames,
  };
  if (!readSteps(place, reader)) return undefined;
  if (reader.lengthMs === 0) {
    report(place, "error", "there is no traffic", "write steps, e.g. - {for: 1h, rate: 100, errors: 1%}");
    return undefined;
  }
  const marks = [...reader.marks].map(([name, { atMs }]) => [name, atMs - reader.beforeMs] as const);
  return { steps: reader.steps, beforeMs: reader.beforeMs, marks: new Map(marks) };
}

function readSteps(place: Place, reader: Reader): boolean {
  const items = readItems(place);
  return items !== undefined && items.map((item) => readStep(item, reader)).every(Boolean);
}

function readStep(place: Place, reader: Reader): boolean {
  const fields = readFields(place, STEP_FIELDS);
  if (fields === undefined) return false;
  const mark = fields.get("mark");
  if (mark !== undefined && !readMark(mark, reader)) return false;
  if (fields.get("repeat") !== undefined || fields.get("steps") !== undefined)
    return readRepeat(fields, reader);
  const durationMs = readDuration(fields, reader);
  const flow = readFlow(fields, reader);
  if (durationMs === undefined || flow === undefined) return false;
  const partsPlace = fields.get("parts");
  if (partsPlace === undefined) return addStep(place, { durationMs, ...flow }, reader);
  const parts = readParts(partsPlace, flow, reader);
  return parts !== undefined && addStep(place, { durationMs, ...flow, parts }, reader);
}

function addStep(place: Place, step: TrafficStep, reader: Reader): boolean {
  reader.lengthMs += step.durationMs;
  if (reader.lengthMs > LONGEST_SCRIPT_MS) {
    report(place, "error", "the traffic is longer than 400 days", "shorten it");
    return false;
  }
  reader.steps.push(step);
  return true;
}

function readDuration(fields: Fields, reader: Reader): number | undefined {
  const before = fields.get("before");
  const length = fields.get("for");
  if (before !== undefined && length !== undefined) {
    report(fields.key("before"), "error", "for and before exclude each other", "keep one of the two");
    return undefined;
  }
  const place = before ?? requireField(fields, "for", "write how long the step lasts, e.g. for: 10m");
  const ms = place && readLengthAt(place);
  if (before !== undefined && ms !== undefined) {
    if (reader.nested || reader.lengthMs > reader.beforeMs) {
      report(
        before,
        "error",
        "before is for the first steps",
        "write for: here, or move the step to the top",
      );
      return undefined;
    }
    reader.beforeMs += ms;
  }
  return ms;
}

/** A length of time above 0. */
function readLengthAt(place: Place): number | undefined {
  const text = scalarText(place);
  const length = readLength(text ?? "");
  if ("ms" in length && length.ms > 0) return length.ms;
  const message = text === undefined ? `${describe(place)} is not a length of time` : undefined;
  if ("ms" in length) report(place, "error", "the length is 0", "write at least 10s");
  else report(place, "error", message ?? length.message, length.hint);
  return undefined;
}

/** What this step is otherwise for some parts of a composite: what they leave out is as in the step. */
function readParts(
  place: Place,
  step: TrafficFlow,
  { partNames }: Reader,
): ReadonlyMap<string, TrafficFlow> | undefined {
  const fields = readMapping(place);
  if (fields === undefined) return undefined;
  const parts = new Map<string, TrafficFlow>();
  for (const name of fields.names) {
    if (partNames !== undefined && !partNames.includes(name)) {
      const hint = partNames.length === 0 ? "leave parts: out" : suggestName(name, partNames);
      const message = partNames.length === 0 ? "the SLO is no composite" : `the SLO has no part "${name}"`;
      report(fields.key(name), "error", message, hint);
      continue;
    }
    const value = fields.get(name);
    const own = value && readFields(value, FLOW_FIELDS);
    const flow = own && readFlow(own, { flow: { rate: step.total.to, errors: step.errors.to } });
    if (own === undefined || flow === undefined) continue;
    const isCounted = COUNTED.some((field) => own.get(field) !== undefined);
    const asWritten = (field: string): boolean => isCounted || own.get(field) !== undefined;
    const isGap = own.get("gap") !== undefined;
    parts.set(name, {
      total: isGap || asWritten("rate") ? flow.total : step.total,
      errors: isGap || asWritten("errors") ? flow.errors : step.errors,
    });
  }
  return parts.size === fields.names.length ? parts : undefined;
}

function readFlow(fields: Fields, { flow }: Pick<Reader, "flow">): TrafficFlow | undefined {
  const gap = fields.get("gap");
  if (gap !== undefined && readBoolean(gap) !== false) {
    return { total: level(0), errors: level(0) };
  }
  const counted = COUNTED.filter((name) => fields.get(name) !== undefined);
  const read = counted.length > 0 ? readCounted(fields, counted) : readShared(fields, flow);
  if (read === undefined) return undefined;
  flow.rate = read.total.to;
  flow.errors = read.errors.to;
  return read;
}

const level = (value: number): Ramp => ({ from: value, to: value });

function readShared(fields: Fields, flow: Flow): TrafficFlow | undefined {
  const rate = fields.get("rate");
  const errors = fields.get("errors");
  if (rate === undefined && flow.rate === undefined) {
    requireField(fields, "rate", "write the events a second, e.g. rate: 100; later steps go on with it");
    return undefined;
  }
  const total = rate === undefined ? level(flow.rate!) : readRate(rate);
  const share = errors === undefined ? level(flow.errors) : readErrors(errors);
  return total === undefined || share === undefined ? undefined : { total, errors: share };
}

/** Two of good, bad and total, each a steady rate. */
function readCounted(fields: Fields, names: readonly string[]): TrafficFlow | undefined {
  if (names.length !== 2 || fields.get("rate") !== undefined || fields.get("errors") !== undefined) {
    const message = "a step has rate and errors, or two of good, bad and total";
    report(fields.key(names[0]!), "error", message, "keep two, e.g. good: 99 and total: 100");
    return undefined;
  }
  const rates = new Map(names.map((name) => [name, readRate(fields.get(name)!)]));
  if ([...rates.values()].includes(undefined)) return undefined;
  for (const [name, ramp] of rates) {
    if (ramp!.from === ramp!.to) continue;
    report(fields.get(name)!, "error", `${name} cannot be a ramp`, "write rate: and errors: for ramps");
    return undefined;
  }
  const value = (name: string): number | undefined => rates.get(name)?.from;
  const total = value("total") ?? value("good")! + value("bad")!;
  const bad = value("bad") ?? total - value("good")!;
  if (bad < 0 || bad > total) {
    report(
      fields.key(names[0]!),
      "error",
      `${names.join(" and ")} do not fit: a part is above the total`,
      "swap the two",
    );
    return undefined;
  }
  return { total: level(total), errors: level(total === 0 ? 0 : bad / total) };
}

function readMark(place: Place, reader: Reader): boolean {
  const name = readText(place);
  if (name === undefined) return false;
  const known = reader.marks.get(name);
  if (reader.nested) {
    report(place, "error", "a step that is repeated has no one time to mark", "mark the step with repeat:");
  } else if (!MARK.test(name) || RESERVED_MARKS.includes(name)) {
    report(
      place,
      "error",
      `"${name}" cannot be the name of a mark`,
      "write a word in lower case, e.g. outage",
    );
  } else if (known !== undefined) {
    report(place, "error", `"${name}" marks two steps`, "rename one of the two");
  } else {
    reader.marks.set(name, { atMs: reader.lengthMs, place });
    return true;
  }
  return false;
}

function readRepeat(fields: Fields, reader: Reader): boolean {
  const foreign = STEP_FIELDS.filter((name) => !["repeat", "steps", "mark"].includes(name));
  for (const name of foreign.filter((name) => fields.get(name) !== undefined)) {
    report(
      fields.key(name),
      "error",
      `${name} does not belong beside repeat`,
      "move it into one of the steps",
    );
    return false;
  }
  const repeat = requireField(fields, "repeat", "write how often, e.g. repeat: 24");
  const steps = requireField(fields, "steps", "write the steps to repeat below steps:");
  if (repeat === undefined || steps === undefined) return false;
  const count: unknown = isScalar(repeat.node) ? repeat.node.value : undefined;
  if (typeof count !== "number" || !Number.isInteger(count) || count < 1 || count > 10_000) {
    report(repeat, "error", `expected a whole number, found ${describe(repeat)}`, "write 1 to 10000");
    return false;
  }
  const wasNested = reader.nested;
  reader.nested = true;
  const before = reader.lengthMs;
  let sound = true;
  for (let i = 0; sound && i < count; i += 1) {
    sound = readSteps(steps, reader) && reader.lengthMs > before;
  }
  reader.nested = wasNested;
  return sound;
}
