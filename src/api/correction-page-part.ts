import { html } from "hono/html";
import { spentBudget } from "../slo/explain-budget.ts";
import { formatPercent } from "../slo/format-percent.ts";
import type { CorrectedBody } from "./corrected-body.ts";

type Html = ReturnType<typeof html>;

/** What is left of the budget without corrections: people see it beside the corrected one. */
export function rawBudgetText(corrected: CorrectedBody): string {
  const ratio = corrected?.raw.remainingRatio;
  if (ratio === undefined) return "";
  return ratio === null || ratio > 0 ? formatPercent(ratio ?? undefined) : spentBudget(ratio);
}

/** Which corrections excluded what, and why; nothing where none did. */
export function correctionsTable(corrected: CorrectedBody): Html | Promise<Html> | string {
  if (corrected === null || corrected.corrections.length === 0) return "";
  const { removed, raw } = corrected;
  return html`<h2>Corrections</h2>
    <p>
      Not counted: ${eventsText(removed.totalEvents)}, of which ${eventsText(removed.badEvents)} bad. With
      them the SLI is ${formatPercent(raw.sli ?? undefined)}, and ${raw.explanation}.
    </p>
    <div class="scroll">
      <table>
        <tr>
          <th>Reason</th>
          <th>By</th>
          <th>From</th>
          <th>To</th>
          <th class="num">Times</th>
        </tr>
        ${corrected.corrections.map(
          (correction) =>
            html`<tr>
              <td>${correction.reason}</td>
              <td>${correction.author}</td>
              <td>${utcText(correction.first)}</td>
              <td>${utcText(correction.last)}</td>
              <td class="num">${correction.times}</td>
            </tr>`,
        )}
      </table>
    </div>`;
}

const eventsText = (events: number): string => String(Number(events.toFixed(3)));
const utcText = (time: string): string => `${time.slice(0, 19).replace("T", " ")} UTC`;
