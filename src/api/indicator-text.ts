import { html } from "hono/html";
import { formatDuration } from "../slo/format-duration.ts";
import { formatPercent } from "../slo/format-percent.ts";
import type { SloBody } from "./slo-schema.ts";

type Html = ReturnType<typeof html>;

/** As people write them. */
export const OPERATORS = { lt: "<", lte: "≤", gt: ">", gte: "≥" } as const;

/** What an event is, and a good one. */
export function indicatorText(indicator: SloBody["indicator"]): Html | Promise<Html> {
  const { kind, total, outcome, query, operator, value } = indicator;
  if (kind === "threshold")
    return html`<p>
      Every 30 s each series of <code>${query}</code> is an event, a good one while it is
      ${operator === null ? "" : OPERATORS[operator]} ${value}.
    </p>`;
  if (kind === "composite")
    return html`<p>
      The weighted mean of its parts: a part without events says nothing, and the others then weigh more.
    </p>`;
  if (kind === "raw")
    return html`<p>
      Every 30 s each series of <code>${query}</code> is an event; its value is the share that is ${outcome}.
    </p>`;
  return html`<p>Every event: <code>${total}</code></p>
    <p>${outcome === "good" ? "Good" : "Bad"} among them: <code>${query}</code></p>
    ${kind === "spans" ? "" : html`<p class="dim">${kind === "increments" ? "Counted from counter increments." : "Evaluated every 30 s."}</p>`}`;
}

/** What slices of time count; nothing where events do. */
export function methodText({ sliceMs, sliceTarget }: SloBody["budgetingMethod"]): Html | Promise<Html> {
  if (sliceMs === null) return html``;
  const share =
    sliceTarget === null
      ? "as good as the share of its events that are"
      : `good when at least ${formatPercent(sliceTarget)} of its events are`;
  return html`<p>Each ${formatDuration(sliceMs)} with an event counts once, ${share}.</p>`;
}
