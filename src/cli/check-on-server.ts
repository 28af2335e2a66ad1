import { z } from "zod";
import { HistoryError, type GetJson } from "../backtest/history.ts";
import { formatPercent } from "../slo/format-percent.ts";
import type { Indicator } from "../slo/indicator.ts";
import type { Slo } from "../slo/slo.ts";
import { printCheckedIndicator } from "../spec-check/checked-indicator.ts";
import type { Diagnostic } from "../spec/diagnostic.ts";

const checkBody = z.object({
  findings: z.array(z.object({ role: z.string(), message: z.string(), hint: z.string() })),
  counts: z.object({ good: z.number(), total: z.number() }).nullable(),
});
type CheckBody = z.output<typeof checkBody>;

/** What still fits into an address, written with percent signs. */
const MOST_ADDRESS_CHARS = 14_000;
const AT_ONCE = 4;
/** Below so many events nothing follows from their counts. */
const FEW_EVENTS = 10;
/** Without a bad event among as many as should spend so many of the budget, the SLI is probably blind. */
const EXPECTED_BAD = 100;
/** Two sums of floats may differ by rounding. */
const ROUNDING = 1e-6;

/**
 * Asks a running service whether the queries of these SLOs match anything it has stored in the last hours, and whether
 * their counts make sense: warnings, since data may be yet to come. Throws HistoryError where it does not answer.
 */
export async function checkOnServer(
  slos: readonly Slo[],
  hours: number,
  getJson: GetJson,
): Promise<readonly Diagnostic[]> {
  const questions = slos.flatMap(questionsOf);
  const answers = new Map<string, CheckBody | "too long">();
  const asked = [...new Map(questions.map(({ indicator }) => [indicator.id, indicator])).values()];
  const next = asked.values();
  // SLOs of several objectives share their indicator: it is asked for once.
  const ask = async (): Promise<void> => {
    for (const indicator of next) answers.set(indicator.id, await askFor(indicator, hours, getJson));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  return questions.flatMap((question) => diagnosticsOf(question, answers.get(question.indicator.id), hours));
}

interface Question {
  readonly slo: Slo;
  /** Of a composite its part; "" otherwise. */
  readonly part: string;
  readonly indicator: Indicator;
  readonly target: number;
}

function questionsOf(slo: Slo): readonly Question[] {
  const { indicator } = slo;
  return indicator.source === "composite"
    ? indicator.parts.map((part) => ({
        slo,
        part: part.name,
        indicator: part.indicator,
        target: part.target,
      }))
    : [{ slo, part: "", indicator, target: slo.target }];
}

async function askFor(
  indicator: Indicator,
  hours: number,
  getJson: GetJson,
): Promise<CheckBody | "too long"> {
  const query = `hours=${hours}&indicator=${encodeURIComponent(printCheckedIndicator(indicator))}`;
  if (query.length > MOST_ADDRESS_CHARS) return "too long";
  const read = checkBody.safeParse(await getJson(`/api/v1/check?${query}`));
  if (read.success) return read.data;
  throw new HistoryError("what answers there is no Noroshi, or one of another version");
}

function diagnosticsOf(
  { slo, part, indicator, target }: Question,
  answer: CheckBody | "too long" | undefined,
  hours: number,
): readonly Diagnostic[] {
  const name = part === "" ? `SLO "${slo.name}"` : `SLO "${slo.name}", part "${part}"`;
  const warn = (message: string, hint: string): Diagnostic => ({
    severity: "warning",
    ...slo.location,
    path: "",
    message: `${name}: ${message}`,
    hint,
  });
  if (answer === undefined) return [];
  if (answer === "too long") {
    return [
      warn("its queries are too long to ask the server about", "look at them in Grafana or /prometheus"),
    ];
  }
  const { findings, counts } = answer;
  const period = hours === 1 ? "(last hour)" : `(last ${hours} hours)`;
  if (findings.length > 0) {
    return findings.map(({ role, message, hint }) =>
      warn(`${role === "query" ? "" : `${role}: `}${message} ${period}`, hint),
    );
  }
  return counts === null
    ? []
    : countDoubts(counts, target, indicator).map(({ message, hint }) => warn(`${message} ${period}`, hint));
}

function countDoubts(
  { good, total }: NonNullable<CheckBody["counts"]>,
  target: number,
  indicator: Indicator,
): readonly { readonly message: string; readonly hint: string }[] {
  const bad = total - good;
  if (total === 0) {
    return [
      {
        message: "nothing was counted, though its queries match something",
        hint: isOfCounters(indicator)
          ? "its counters have not risen; see whether requests arrive"
          : "see what the queries give in Grafana or /prometheus",
      },
    ];
  }
  if (bad < -ROUNDING * total) {
    return [
      {
        message: `good is above total: ${count(good)} good events of ${count(total)}`,
        hint: "write the conditions of total into good: it must count a part of what total counts",
      },
    ];
  }
  if (good < -ROUNDING * total) {
    return [
      {
        message: `bad is above total: ${count(bad)} bad events of ${count(total)}`,
        hint: "write the conditions of total into bad: it must count a part of what total counts",
      },
    ];
  }
  if (total < FEW_EVENTS) return [];
  if (good <= ROUNDING * total) {
    return [
      {
        message: `none of ${count(total)} events was good`,
        hint: "unless everything fails, good and bad are mixed up, or good never matches",
      },
    ];
  }
  return bad <= ROUNDING * total && (1 - target) * total >= EXPECTED_BAD
    ? [
        {
          message: `all of ${count(total)} events were good, where ${formatPercent(target)} may be missed by ${count((1 - target) * total)}`,
          hint: "see whether a bad event would be counted as one; if it would, the target could be higher",
        },
      ]
    : [];
}

function isOfCounters(indicator: Indicator): boolean {
  return indicator.source === "metrics" && indicator.definition.kind === "increments";
}

const COUNT = new Intl.NumberFormat("en-US", { maximumFractionDigits: 3 });
const count = (events: number): string => COUNT.format(events);
