import type {
  CorrectionBody,
  CorrectionEffectBody,
  CorrectionListBody,
  MadeCorrectionBody,
} from "../api/correction-schema.ts";
import { spentBudget } from "../slo/explain-budget.ts";
import { formatPercent } from "../slo/format-percent.ts";

/** For people: each correction with what it selects, when, why, and what it changes. */
export function printCorrections({ corrections }: CorrectionListBody): string {
  if (corrections.length === 0) return "No corrections: all that was counted counts.\n";
  return corrections
    .map(({ effect, ...correction }) => {
      const lines = correctionLines(correction);
      if (effect !== undefined) lines.push(...effectLines(effect));
      return `${lines.join("\n")}\n`;
    })
    .join("\n");
}

/** What was made, or would be, and what that changes. */
export function printMade({ correction, dryRun, effects }: MadeCorrectionBody): string {
  const head = dryRun ? "Nothing is stored; this would be:" : `In force: ${correction.id}`;
  const { matches } = correction;
  const lines = [head, "", ...correctionLines(correction, !dryRun), ""];
  if (matches.length === 0) lines.push("No SLO fits now, so nothing changes.");
  for (const effect of effects) lines.push(effect.slo, ...effectLines(effect));
  const more = matches.length - effects.length;
  if (matches.length > 0 && more > 0)
    lines.push(
      `${more} more ${more === 1 ? "SLO is" : "SLOs are"} selected, and not shown or still being counted.`,
    );
  return `${lines.join("\n")}\n`;
}

function correctionLines(correction: CorrectionBody, withId = true): string[] {
  const { source, reason, author, rrule, timeZone, mutes, inForce, active, next, matches } = correction;
  const where =
    source.kind === "file"
      ? `${source.file}:${source.line}`
      : source.deletedBy === null
        ? `made by ${source.createdBy}, ${utc(source.createdAt)}`
        : `made by ${source.createdBy}, ${utc(source.createdAt)}; removed by ${source.deletedBy}, ${utc(source.deletedAt!)}`;
  const state = !inForce ? "removed" : active ? "active" : next === null ? "over" : "to come";
  const repeats = rrule === null ? "" : `, again by ${rrule} (${timeZone})`;
  const upcoming = rrule === null || next === null ? [] : [row(active ? "now" : "next", span(next))];
  return [
    `${state.padEnd(8)} ${reason}`,
    ...(withId ? [row("id", correction.id)] : []),
    row("when", span(correction) + repeats),
    ...upcoming,
    row("selects", `${selects(correction)}: ${countText(matches)}`),
    ...(mutes ? [row("mutes", "nobody is told of their alerts meanwhile")] : []),
    row("by", `${author} (${where})`),
  ];
}

function effectLines({ removed, before, after }: CorrectionEffectBody): string[] {
  return [
    row(
      "leaves out",
      `${number(removed.totalEvents)}: ${number(removed.badEvents)} bad, ${number(removed.goodEvents)} good`,
    ),
    row("budget", `${budget(before)} -> ${budget(after)}`),
  ];
}

const row = (label: string, text: string): string => `  ${label.padEnd(11)} ${text}`;

function budget({ remainingRatio, state }: CorrectionEffectBody["before"]): string {
  if (remainingRatio === null) return "no data";
  const left = remainingRatio > 0 ? `${formatPercent(remainingRatio)} left` : spentBudget(remainingRatio);
  return `${left} (${state.replace("_", " ")})`;
}

function selects({ slos, services, labels }: CorrectionBody): string {
  const parts = [
    slos.length > 0 ? `SLOs ${slos.join(", ")}` : "",
    services.length > 0 ? `services ${services.join(", ")}` : "",
    ...Object.entries(labels).map(([name, value]) => `label ${name}=${value}`),
  ];
  return parts.filter((part) => part !== "").join(" and ");
}

function countText(matches: readonly string[]): string {
  if (matches.length === 0) return "no SLO now";
  if (matches.length <= 3) return matches.join(", ");
  return `${matches.length} SLOs`;
}

const utc = (time: string): string => `${time.slice(0, 16).replace("T", " ")} UTC`;
const span = ({ start, end }: { readonly start: string; readonly end: string }): string =>
  `${start.slice(0, 19).replace("T", " ")} to ${end.slice(0, 19).replace("T", " ")} UTC`;
const number = (count: number): string => String(Number(count.toFixed(3)));
