import { html } from "hono/html";
import { formatPercent } from "../slo/format-percent.ts";
import { windowName } from "../slo/format-duration.ts";
import type { SloBody } from "./slo-schema.ts";

type Html = ReturnType<typeof html>;
type Part = SloBody["parts"][number];

/** The parts of a composite with what each of them spent of the budget; nothing for other SLOs. */
export function partsTable({ parts }: SloBody): Html {
  if (parts.length === 0) return html``;
  const windowMs = Math.min(...parts.flatMap(({ burns }) => burns.map((burn) => burn.windowMs)));
  return html`<h2>Parts</h2>
    <div class="scroll">
      <table>
        <tr>
          <th>Part</th>
          <th class="num">Weight</th>
          <th class="num">SLI</th>
          <th class="num">Target</th>
          <th class="num">Budget spent</th>
          <th class="num">${Number.isFinite(windowMs) ? `Burn (${windowName(windowMs)})` : "Burn"}</th>
        </tr>
        ${parts.map((part) => partRow(part, windowMs))}
      </table>
    </div>`;
}

/** Of the whole budget; beyond it in multiples. */
function spentText(ratio: number): string {
  return ratio < 2 ? formatPercent(ratio) : `${Number(ratio.toPrecision(3))} budgets`;
}

function partRow(part: Part, windowMs: number): Html {
  const burn = part.burns.find((candidate) => candidate.windowMs === windowMs)?.burnRate ?? null;
  return html`<tr>
    <td>
      ${part.name}<br /><span class="dim"><code>${part.indicator.query}</code></span>
    </td>
    <td class="num">${formatPercent(part.weightRatio)}</td>
    <td class="num">${part.sli === null ? "no data" : formatPercent(part.sli)}</td>
    <td class="num">${formatPercent(part.target)}</td>
    <td class="num">${part.spentRatio === null ? "" : spentText(part.spentRatio)}</td>
    <td class="num">${burn === null ? "no data" : `${Number(burn.toPrecision(3))}x`}</td>
  </tr>`;
}
