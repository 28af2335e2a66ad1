import { nearestName, suggestName } from "../model/nearest-name.ts";
import type { Slo } from "../slo/slo.ts";
import type { SloState } from "../slo/verdict.ts";
import { readRange, readRatio, readTime, type PhraseContext } from "./read-phrase-parts.ts";
import type { Expectation, Marks, Signal } from "./test-case.ts";
import { createTokenReader, PhraseError, type PhraseFault, type TokenReader } from "./tokens.ts";

/** What people may write, shown where a phrase cannot be understood. */
const FORMS =
  'write "critical fires between 12m and 14m", "page-quick resolves before 2h", "nothing fires", ' +
  '"budget at 6h is 0.95 ± 0.01" or "state at 6h is met"';

export type ReadExpectation =
  | { readonly ok: true; readonly expectation: Expectation }
  | { readonly ok: false; readonly fault: PhraseFault };

/** Reads a phrase such as `page-quick fires within 2m of outage` about the alerts and the budget of an SLO. */
export function readExpectation(text: string, slo: Slo, marks: Marks, endMs: number): ReadExpectation {
  const tokens = createTokenReader(text);
  try {
    const expectation = readPhrase({ tokens, marks, endMs, signals: signalsOf(slo) });
    const rest = tokens.next();
    if (rest !== undefined) tokens.fail(`"${rest.text}" is not understood here`, FORMS, rest);
    return { ok: true, expectation };
  } catch (error) {
    if (error instanceof PhraseError) return { ok: false, fault: error.fault };
    throw error;
  }
}

interface Context extends PhraseContext {
  readonly signals: readonly Signal[];
}

/** Alerts by key, and by policy name without its prefix; tiers by name. An alert comes before a tier of its name. */
function signalsOf({ alerts }: Slo): readonly Signal[] {
  const named = alerts.flatMap(({ key }): readonly Signal[] => {
    const short = key.replace(/^policy\//, "");
    return [...new Set([short, key])].map((name) => ({ kind: "alert", name, alertKey: key }));
  });
  const tiers = alerts.flatMap(({ key, tiers }) =>
    tiers.map(({ name }): Signal => ({ kind: "tier", name, alertKey: key })),
  );
  return [...named, ...tiers];
}

function readPhrase(context: Context): Expectation {
  const { tokens } = context;
  if (tokens.takes("nothing") || tokens.takes("no", "alert")) return readSilence(context);
  if (tokens.takes("budget")) return readBudget(context);
  if (tokens.takes("state")) return readState(context);
  return readSignalPhrase(context);
}

function readSilence(context: Context): Expectation {
  const { tokens, signals } = context;
  if (!tokens.takes("fires")) tokens.fail('expected "fires"', 'write "nothing fires"');
  const alerts = signals.filter(({ kind }) => kind === "alert");
  const keys = new Set(alerts.map(({ alertKey }) => alertKey));
  const each = [...keys].map((key) => alerts.find(({ alertKey }) => alertKey === key)!);
  return { kind: "silent", signals: each, range: readRange(context) };
}

const NUMBERS: Readonly<Record<string, number>> = { once: 1, twice: 2 };

function readSignalPhrase(context: Context): Expectation {
  const { tokens } = context;
  const signal = readSignal(context);
  if (tokens.takes("does", "not", "fire") || tokens.takes("never", "fires")) {
    return { kind: "silent", signals: [signal], range: readRange(context) };
  }
  if (tokens.takes("is")) {
    const wanted = !tokens.takes("not");
    if (!tokens.takes("firing")) tokens.fail('expected "firing"', `write "${signal.name} is firing at 2h"`);
    if (!tokens.takes("at"))
      tokens.fail('expected "at" and a time', `write "${signal.name} is firing at 2h"`);
    return { kind: "firing", signal, atMs: readTime(context), wanted };
  }
  const verb = tokens.next();
  if (verb?.text !== "fires" && verb?.text !== "resolves") {
    const near = verb === undefined ? undefined : nearestName(verb.text, ["fires", "resolves"]);
    const hint = near === undefined ? FORMS : `did you mean "${near}"?`;
    return tokens.fail(`expected "fires" or "resolves"${verb ? `, found "${verb.text}"` : ""}`, hint, verb);
  }
  const times = readTimes(tokens);
  return { kind: verb.text, signal, times, range: readRange(context) };
}

function readTimes(tokens: TokenReader): number | undefined {
  const word = tokens.peek();
  if (word !== undefined && Object.hasOwn(NUMBERS, word)) {
    tokens.next();
    return NUMBERS[word];
  }
  if (tokens.peek(1) !== "times" || !/^\d+$/.test(word!)) return undefined;
  tokens.takes(word!, "times");
  return Number(word);
}

function readSignal({ tokens, signals }: Context): Signal {
  if (tokens.peek() === "alert" && tokens.peek(1) !== undefined) tokens.next();
  const name = tokens.next();
  const found = signals.find((signal) => signal.name === name?.text);
  if (name === undefined) return tokens.fail("the phrase is empty", FORMS);
  if (found !== undefined) return found;
  const names = signals.map((signal) => signal.name).filter((known) => !known.startsWith("policy/"));
  const known = [...new Set([...names, "nothing", "budget", "state"])];
  return tokens.fail(`the SLO has no alert or tier "${name.text}"`, suggestName(name.text, known), name);
}

function readAt(context: Context, what: string): number {
  const { tokens } = context;
  const example = what === "budget" ? '"budget at 6h is 0.95 ± 0.01"' : '"state at 6h is met"';
  if (!tokens.takes("at")) tokens.fail('expected "at" and a time', `write ${example}`);
  const atMs = readTime(context);
  if (!tokens.takes("is")) tokens.fail('expected "is"', `write ${example}`);
  return atMs;
}

function readBudget(context: Context): Expectation {
  const { tokens } = context;
  tokens.takes("remaining");
  const atMs = readAt(context, "budget");
  if (tokens.takes("no", "data") || tokens.takes("no_data")) return { kind: "budget", atMs, left: undefined };
  const upTo = Number.POSITIVE_INFINITY;
  if (tokens.takes("above")) return { kind: "budget", atMs, left: { least: readRatio(tokens), most: upTo } };
  if (tokens.takes("below")) return { kind: "budget", atMs, left: { least: -upTo, most: readRatio(tokens) } };
  if (tokens.takes("between")) {
    const least = readRatio(tokens);
    if (!tokens.takes("and")) tokens.fail('expected "and"', 'write "between 0.9 and 0.95"');
    return { kind: "budget", atMs, left: { least, most: readRatio(tokens) } };
  }
  const value = readRatio(tokens);
  const hasTolerance = tokens.takes("±") || tokens.takes("+/-") || tokens.takes("+-");
  // Half of the last digit that people are likely to write.
  const tolerance = hasTolerance ? readRatio(tokens) : 0.000_5;
  return { kind: "budget", atMs, left: { least: value - tolerance, most: value + tolerance } };
}

const STATES: readonly SloState[] = ["met", "at_risk", "breached", "no_data"];

function readState(context: Context): Expectation {
  const { tokens } = context;
  const atMs = readAt(context, "state");
  const word = tokens.next();
  const state = STATES.find((known) => known === word?.text);
  if (state !== undefined) return { kind: "state", atMs, state };
  const found = word === undefined ? "nothing" : `"${word.text}"`;
  return tokens.fail(`expected a state, found ${found}`, suggestName(word?.text ?? "", STATES), word);
}
