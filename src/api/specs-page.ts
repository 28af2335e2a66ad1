import { Hono } from "hono";
import { html } from "hono/html";
import { page } from "./pages.ts";
import type { SpecSourceListBody } from "./spec-source-routes.ts";

type Html = ReturnType<typeof html>;
type Source = SpecSourceListBody["sources"][number];

const CLASS = { Synced: "met", OutOfSync: "at_risk", Degraded: "breached" } as const;

/** `/specs`: where specs come from, and whether what is written there runs. */
export function createSpecsPage(read: () => SpecSourceListBody): Hono {
  const app = new Hono();
  app.get("/specs", async (c) => c.html(await specsPage(read())));
  return app;
}

function specsPage({ sources }: SpecSourceListBody): Html | Promise<Html> {
  return page(
    "Specs",
    html`<nav><a href="/">SLOs</a></nav>
      <h1>Specs</h1>
      ${sources.length === 0 ? html`<p class="dim">No source is set up.</p>` : ""} ${sources.map(sourcePart)}`,
  );
}

function sourcePart(source: Source): Html | Promise<Html> {
  return html`<h2>${source.name}</h2>
    <p>${stateWord(source.status)} <span class="dim">· ${timesText(source)}</span></p>
    ${source.reason === null ? "" : html`<p>${source.reason}</p>`} ${commitText(source)}
    ${source.files.length === 0 ? "" : fileTable(source)}`;
}

const stateWord = (status: Source["status"]): Html | Promise<Html> =>
  html`<span class="state ${CLASS[status]}">${status}</span>`;

function timesText({ lastSync, nextPoll }: Source): string {
  const synced = lastSync === null ? "not read since the start" : `read ${clock(lastSync)}`;
  return nextPoll === null ? synced : `${synced}, asked again ${clock(nextPoll)}`;
}

const clock = (text: string): string => `${text.slice(0, 19).replace("T", " ")} UTC`;

function commitText({ commit, lastGoodRevision, revision }: Source): Html | Promise<Html> | string {
  if (commit === null) return "";
  const good =
    lastGoodRevision === null || lastGoodRevision === revision
      ? ""
      : html` <span class="dim">· last good: <code>${lastGoodRevision.slice(0, 8)}</code></span>`;
  return html`<p>
    <code>${commit.id.slice(0, 8)}</code> ${commit.subject} <span class="dim">${commit.author}</span>${good}
  </p>`;
}

function fileTable({ name, files }: Source): Html | Promise<Html> {
  return html`<div class="scroll">
    <table>
      <tr>
        <th>File</th>
        <th>State</th>
        <th>SLOs that run</th>
      </tr>
      ${files.map(
        (file) =>
          html`<tr>
            <td>
              ${shortPath(file.path, name)}
              ${file.errors.map(
                ({ line, column, message, hint }) =>
                  html`<div class="breached">
                    ${line}:${column}
                    ${message}${hint === "" ? "" : html`<span class="dim"> · ${hint}</span>`}
                  </div>`,
              )}
            </td>
            <td>${stateWord(file.status)}</td>
            <td>${file.slos.map((slo) => html`<div><a href="/slos/${slo}">${slo}</a></div>`)}</td>
          </tr>`,
      )}
    </table>
  </div>`;
}

/** Below the heading the source's name need not be said again. */
const shortPath = (path: string, name: string): string =>
  path.startsWith(`${name}/`) ? path.slice(name.length + 1) : path;
