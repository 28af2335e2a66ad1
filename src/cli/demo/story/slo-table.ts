import type { SloBody } from "../../../api/slo-schema.ts";
import { spentBudget } from "../../../slo/explain-budget.ts";
import { formatPercent } from "../../../slo/format-percent.ts";
import { hourlyBurn } from "../service-view.ts";
import type { Style } from "./style.ts";

const STATE_WORDS: Readonly<Record<SloBody["state"], string>> = {
  backfilling: "being counted",
  no_data: "no data",
  met: "met",
  at_risk: "at risk",
  breached: "budget spent",
};

/** One line for each of these SLOs, in columns: name, objective, SLI, budget left, burn of the last hour, state. */
export function sloTable(slos: readonly SloBody[], style: Style): string[] {
  const header = ["SLO", "objective", "SLI", "budget left", "burn 1h", "state"];
  const rows = slos.map((slo) => [
    slo.name,
    formatPercent(slo.target),
    formatPercent(slo.sli ?? undefined),
    budgetText(slo),
    burnText(hourlyBurn(slo)),
    STATE_WORDS[slo.state],
  ]);
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  return [
    style.dim(line(header)),
    ...rows.map((row, i) => {
      const state = slos[i]?.state;
      if (state === "breached") return style.red(line(row));
      return state === "at_risk" ? style.yellow(line(row)) : line(row);
    }),
  ];
}

/** Share of the budget that is left, for people, or by how much it is overspent. */
export function budgetText(slo: SloBody): string {
  const left = slo.budget.remainingRatio;
  if (left === null) return "no data";
  return left > 0 ? formatPercent(left) : spentBudget(left);
}

/** `14x`, `0.4x`; a burn of 1 spends the budget exactly over its window. */
export function burnText(burn: number | null): string {
  if (burn === null) return "no data";
  return `${burn >= 10 ? Math.round(burn) : Number(burn.toFixed(1))}x`;
}
