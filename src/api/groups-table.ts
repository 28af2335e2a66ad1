import { html } from "hono/html";
import { spentBudget } from "../slo/explain-budget.ts";
import { formatPercent } from "../slo/format-percent.ts";
import type { SloBody } from "./slo-schema.ts";

type Html = ReturnType<typeof html>;
type Groups = NonNullable<SloBody["groups"]>;
type State = Groups["items"][number]["state"];

const STATE_WORDS: Record<State, string> = {
  backfilling: "counting what is stored",
  no_data: "no data",
  met: "met",
  at_risk: "at risk",
  breached: "breached",
};

/** How the groups of an SLO do, in a few words; nothing for an SLO without groups. */
export function groupsText({ groups }: SloBody): Html | Promise<Html> | string {
  if (groups === null) return "";
  const breached = groups.items.filter(({ state }) => state === "breached").length;
  const bad = breached === 0 ? "" : html`, <span class="breached">${breached} breached</span>`;
  return html`<br /><span class="dim">${countText(groups)}${bad}</span>`;
}

function countText({ tracked, found }: Groups): string {
  return `${tracked}${found > tracked ? ` of ${found}` : ""} group${found === 1 ? "" : "s"}`;
}

/** The groups of an SLO, worst first, and what is left out. */
export function groupsTable({ groups }: SloBody): Html | Promise<Html> | string {
  if (groups === null) return "";
  return html`<h2>By ${groups.by.join(", ")}</h2>
    ${groups.items.length === 0 ? html`<p class="dim">${emptyText(groups)}</p>` : table(groups)}
    ${groups.items.length === 0 ? "" : html`<p class="dim">${noteText(groups)}</p>`}`;
}

function emptyText({ foundIsExact }: Groups): string {
  return foundIsExact ? "No value was found yet." : "Values are being looked for in what is stored.";
}

function noteText({ alerts, found, foundIsExact, tracked, limit }: Groups): string {
  const who = alerts === "each" ? "Each group alerts." : "The whole alerts.";
  if (found <= tracked) return who;
  const all = foundIsExact ? String(found) : `more than ${found}`;
  const rest = `Of ${all} groups only ${tracked} with the most events have a budget (noroshi.dev/group-limit: ${limit}).`;
  return alerts === "each" ? `${who} ${rest} So the whole alerts, too.` : `${who} ${rest}`;
}

function table({ by, items }: Groups): Html | Promise<Html> {
  return html`<div class="scroll">
    <table>
      <tr>
        ${by.map((key) => html`<th>${key}</th>`)}
        <th>State</th>
        <th class="num">SLI</th>
        <th class="num">Budget left</th>
        <th class="num">Bad</th>
        <th></th>
      </tr>
      ${items.map(
        (item) =>
          html`<tr>
            ${by.map(
              (key, i) =>
                html`<td>
                  ${i === 0 ? html`<a href="/slos/${item.name}">${item.labels[key]}</a>` : item.labels[key]}
                </td>`,
            )}
            <td><span class="state ${item.state}">${STATE_WORDS[item.state]}</span></td>
            <td class="num">${formatPercent(item.sli ?? undefined)}</td>
            <td class="num">${budgetText(item.remainingRatio)}</td>
            <td class="num">${eventsText(item.badEvents)} of ${eventsText(item.totalEvents)}</td>
            <td>${item.firing ? html`<span class="firing">firing</span>` : ""}</td>
          </tr>`,
      )}
    </table>
  </div>`;
}

const budgetText = (ratio: number | null): string =>
  ratio === null || ratio > 0 ? formatPercent(ratio ?? undefined) : spentBudget(ratio);
const eventsText = (events: number): string => String(Number(events.toFixed(3)));
