import { Hono } from "hono";
import { html } from "hono/html";
import { spentBudget } from "../slo/explain-budget.ts";
import { formatDuration, windowName } from "../slo/format-duration.ts";
import { formatPercent } from "../slo/format-percent.ts";
import { partsTable } from "./parts-table.ts";
import { indicatorText, methodText, OPERATORS } from "./indicator-text.ts";
import type { SloBody } from "./slo-schema.ts";
import { groupsTable, groupsText } from "./groups-table.ts";
import { correctionsTable, rawBudgetText } from "./correction-page-part.ts";
import type { EpisodeBody } from "./episode-schema.ts";

type Html = ReturnType<typeof html>;
type Tier = SloBody["alerts"][number]["tiers"][number];

/** What the pages show; the same bodies that the API gives. */
export interface PagePorts {
  slos(): readonly SloBody[];
  episodesOf(sloName: string): Promise<readonly EpisodeBody[]>;
  /** What people were told of Noroshi itself and lasts; never rejects. */
  selfProblems?(): Promise<readonly EpisodeBody[]>;
}

const STATE_WORDS: Record<SloBody["state"], string> = {
  backfilling: "counting what is stored",
  no_data: "no data",
  met: "met",
  at_risk: "at risk",
  breached: "breached",
};

const STYLE = `
:root { color-scheme: light dark; --bg: #fff; --fg: #1b1f24; --dim: #5b6570; --line: #d8dee4; --card: #f6f8fa;
  --good: #1a7f37; --warn: #9a6700; --bad: #cf222e; }
@media (prefers-color-scheme: dark) { :root { --bg: #0d1117; --fg: #e6edf3; --dim: #9198a1; --line: #30363d;
  --card: #161b22; --good: #3fb950; --warn: #d29922; --bad: #f85149; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 1.5rem 1rem 4rem; background: var(--bg); color: var(--fg);
  font: 15px/1.5 system-ui, sans-serif; }
a { color: inherit; } h1 { font-size: 1.5rem; margin: .3rem 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
nav, .dim { color: var(--dim); } .num { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th { text-align: left; color: var(--dim); font-weight: 500; } th.num { text-align: right; }
th, td { padding: .45rem 1rem .45rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.state { font-weight: 600; white-space: nowrap; } .met { color: var(--good); } .at_risk { color: var(--warn); }
.breached, .firing { color: var(--bad); } .no_data, .backfilling { color: var(--dim); }
.tiles { display: flex; flex-wrap: wrap; gap: .8rem; margin: 1rem 0; }
.tile { flex: 1 1 9rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .7rem .9rem; }
.tile b { display: block; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
td + td.num { padding-left: .7rem; } .episodes { list-style: none; padding: 0; }
.episodes li { padding: .5rem 0; border-bottom: 1px solid var(--line); }
code { background: var(--card); border: 1px solid var(--line); border-radius: .3rem; padding: .1rem .3rem;
  font-size: .85em; overflow-wrap: anywhere; }`;

/** A whole page around its body. */
export function page(title: string, body: Html | Promise<Html>, isLive = true): Html | Promise<Html> {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        ${isLive ? html`<meta http-equiv="refresh" content="15" />` : ""}
        <title>${title} · Noroshi</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        ${body}
      </body>
    </html>`;
}

const burnText = (burn: number | null): string =>
  burn === null ? "no data" : `${Number(burn.toPrecision(3))}x`;
const percentText = (ratio: number | null): string => formatPercent(ratio ?? undefined);
const budgetText = (ratio: number | null): string =>
  ratio === null || ratio > 0 ? percentText(ratio) : spentBudget(ratio);
const state = (slo: SloBody): Html | Promise<Html> =>
  html`<span class="state ${slo.state}">${STATE_WORDS[slo.state]}</span>`;

const SEVERITY_ORDER = ["breached", "at_risk", "no_data", "backfilling", "met"];

/** That numbers and alerts may not be true comes before them. */
function selfBanner(problems: readonly EpisodeBody[]): Html | Promise<Html> {
  if (problems.length === 0) return html``;
  return html`<ul class="tile episodes">
    ${problems.map(
      ({ self, summary, startedAt }) =>
        html`<li>
          <a class="state firing" href="${self?.path ?? "/"}">${summary}</a>
          <span class="dim">since ${startedAt.slice(0, 19).replace("T", " ")} UTC</span><br />
          <span class="dim" style="white-space: pre-line">${self?.detail ?? ""}</span>
        </li>`,
    )}
  </ul>`;
}

function listPage(slos: readonly SloBody[], problems: readonly EpisodeBody[]): Html | Promise<Html> {
  // Groups stand on the page of their whole.
  const rows = slos
    .filter(({ group }) => group === null)
    .sort(
      (a, b) =>
        SEVERITY_ORDER.indexOf(a.state) - SEVERITY_ORDER.indexOf(b.state) || a.name.localeCompare(b.name),
    );
  if (rows.length === 0) {
    return page(
      "SLOs",
      html`${selfBanner(problems)}
        <h1>No SLOs yet</h1>
        <p>
          Noroshi reads OpenSLO files from the folders in <code>NOROSHI_SPECS</code>. What is loaded, and what
          is wrong with it, is at <a href="/specs">/specs</a>.
        </p>`,
    );
  }
  return page(
    "SLOs",
    html`${selfBanner(problems)}
      <h1>SLOs</h1>
      <div class="scroll">
        <table>
          <tr>
            <th>SLO</th>
            <th>State</th>
            <th class="num">SLI</th>
            <th class="num">Target</th>
            <th class="num">Budget left</th>
            <th>Alerts</th>
          </tr>
          ${rows.map(
            (slo) =>
              html`<tr>
                <td>
                  <a href="/slos/${slo.name}">${slo.displayName}</a><br /><span class="dim"
                    >${slo.service}</span
                  >${groupsText(slo)}
                </td>
                <td>${state(slo)}</td>
                <td class="num">${percentText(slo.sli)}</td>
                <td class="num">${percentText(slo.target)}</td>
                <td class="num">
                  ${budgetText(slo.budget.remainingRatio)}
                  ${slo.corrected === null ? "" : html`<br /><span class="dim">raw ${rawBudgetText(slo.corrected)}</span>`}
                </td>
                <td>${firingText(slo)}</td>
              </tr>`,
          )}
        </table>
      </div>`,
  );
}

function firingText(slo: SloBody): Html | Promise<Html> {
  const open = slo.alerts.filter((alert) => alert.state !== "ok");
  if (open.length === 0) return html`<span class="dim">none</span>`;
  return html`${open.map((alert) => html`<div class="${alert.state}">${alert.key} ${alert.state}</div>`)}`;
}

function parentLink({ group }: SloBody): Html | Promise<Html> | string {
  return group === null ? "" : html` / <a href="/slos/${group.parent}">${group.parent}</a>`;
}

function tile(label: string, value: string): Html | Promise<Html> {
  return html`<div class="tile"><span class="dim">${label}</span><b>${value}</b></div>`;
}

function sloPage(slo: SloBody, episodes: readonly EpisodeBody[]): Html | Promise<Html> {
  return page(
    slo.displayName,
    html`<nav><a href="/">SLOs</a> / ${slo.service}${parentLink(slo)}</nav>
      <h1>${slo.displayName}</h1>
      <p>${slo.description}</p>
      <p>
        ${state(slo)} <span class="dim">· ${slo.budget.explanation}${coverageText(slo)}</span>
        <a href="/slos/${slo.name}/explain">Explain</a>
      </p>
      <div class="tiles">
        ${tile(`SLI over ${windowText(slo)}`, percentText(slo.sli))}
        ${tile("Target", percentText(slo.target))}
        ${tile("Budget left", budgetText(slo.budget.remainingRatio))}
        ${slo.corrected === null ? "" : tile("Without corrections", rawBudgetText(slo.corrected))}
        ${slo.parts.length > 0 ? "" : tile(`Bad ${countedText(slo)}`, `${eventsText(slo.budget.badEvents)} of ${eventsText(slo.budget.totalEvents)}`)}
      </div>
      ${slo.runbookUrl === null ? "" : html`<p><a href="${slo.runbookUrl}">Runbook</a></p>`}
      ${partsTable(slo)} ${groupsTable(slo)}
      <h2>Burn rate</h2>
      ${slo.alerts.length === 0 ? html`<p class="dim">No alert of its own.</p>` : burnTable(slo)}
      ${correctionsTable(slo.corrected)}
      <h2>Episodes</h2>
      ${episodeList(episodes)}
      <h2>What counts</h2>
      ${indicatorText(slo.indicator)} ${methodText(slo.budgetingMethod)}
      <p class="dim">${slo.source.file}:${slo.source.line}</p>`,
  );
}

/** Slices that are good in part make fractions. */
const countedText = ({ budgetingMethod: { sliceMs } }: SloBody): string =>
  sliceMs === null ? "events" : `slices of ${formatDuration(sliceMs)}`;
const windowText = ({ window, windowMs }: SloBody): string =>
  window.kind === "rolling" ? formatDuration(windowMs) : `the ${window.description}`;

/** Events of metrics may be fractions; more than three decimals would only be rounding. */
const eventsText = (events: number): string => String(Number(events.toFixed(3)));

/** A young SLO's numbers rest on little: people should know before they draw conclusions. */
function coverageText(slo: SloBody): string {
  const { coverageRatio, coveredFrom } = slo.budget;
  if (slo.state === "no_data" || coverageRatio === null || coverageRatio >= 0.99) return "";
  if (coveredFrom === null || slo.evaluatedAt === null) return "";
  const coveredMs = Date.parse(slo.evaluatedAt) - Date.parse(coveredFrom);
  return `, judged by the last ${formatDuration(coveredMs)} (nothing older is stored)`;
}

function burnTable(slo: SloBody): Html | Promise<Html> {
  return html`<div class="scroll">
    <table>
      <tr>
        <th>Alert</th>
        <th>Windows</th>
        <th class="num">Long</th>
        <th class="num">Short</th>
        <th class="num">Threshold</th>
        <th></th>
      </tr>
      ${slo.alerts.flatMap((alert) =>
        alert.tiers.map(
          (tier) =>
            html`<tr>
              <td>${tier.name} <span class="dim">${alert.severity}</span></td>
              <td>
                ${windowName(tier.longWindowMs)}${tier.shortWindowMs === null ? "" : ` and ${windowName(tier.shortWindowMs)}`}
              </td>
              <td class="num">${burnText(tier.longBurnRate)}</td>
              <td class="num">${tier.shortWindowMs === null ? "" : burnText(tier.shortBurnRate)}</td>
              <td class="num">${tier.kind === "burn" ? thresholdText(tier) : "any event"}</td>
              <td>${tierState(tier)}</td>
            </tr>`,
        ),
      )}
    </table>
  </div>`;
}

/** A floor says so; a ceiling is what everybody expects. */
function thresholdText({ burnThreshold, operator }: Tier): string {
  const text = burnText(burnThreshold);
  return operator === "lt" || operator === "lte" ? `${OPERATORS[operator]} ${text}` : text;
}

function tierState({ kind, breaching, heldBack, errorRate, operator }: Tier): Html | Promise<Html> | string {
  const side = operator === "lt" || operator === "lte" ? "below" : "above";
  if (breaching) return html`<span class="firing">${kind === "burn" ? side : "no data"}</span>`;
  if (!heldBack || errorRate === null) return "";
  const range = `${formatPercent(errorRate.low)} to ${formatPercent(errorRate.high)}`;
  return html`<span class="dim">${side}, but may be chance: ${range} fail</span>`;
}

function episodeList(episodes: readonly EpisodeBody[]): Html | Promise<Html> {
  if (episodes.length === 0) return html`<p class="dim">None so far.</p>`;
  return html`<ol class="episodes">
    ${episodes.map(
      (episode) =>
        html`<li>
          <span class="state ${episode.state}">${episode.state}</span>
          <span class="dim">since ${episode.startedAt.slice(0, 19).replace("T", " ")} UTC ·</span>
          <a href="/api/v1/episodes/${episode.id}">what was sent</a><br />
          ${episode.summary}
        </li>`,
    )}
  </ol>`;
}

/** Where the links in alerts lead: every SLO at a glance, and one with its windows and episodes. */
export function createPages(ports: PagePorts): Hono {
  const app = new Hono();
  app.get("/", async (c) => c.html(await listPage(ports.slos(), (await ports.selfProblems?.()) ?? [])));
  app.get("/slos/:name", async (c) => {
    const name = c.req.param("name");
    const slo = ports.slos().find((candidate) => candidate.name === name);
    if (slo === undefined) {
      const missing = html`<h1>No SLO is named ${name}</h1>
        <p><a href="/">All SLOs</a></p>`;
      return c.html(await page("Not found", missing), 404);
    }
    return c.html(await sloPage(slo, await ports.episodesOf(name)));
  });
  return app;
}
