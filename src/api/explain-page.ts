import { Hono } from "hono";
import { html } from "hono/html";
import type { ExplainedNumber, Explanation } from "../ledger/explanation.ts";
import { spentBudget } from "../slo/explain-budget.ts";
import { windowName } from "../slo/format-duration.ts";
import { formatPercent } from "../slo/format-percent.ts";
import type { ExplainPorts } from "./explain-routes.ts";
import { page } from "./pages.ts";
import { time } from "./route-parts.ts";

type Html = ReturnType<typeof html>;

/** `/slos/:name/explain`: what the number is made of, now or at the time `at`. */
export function createExplainPage(ports: Pick<ExplainPorts, "explain" | "now">): Hono {
  const app = new Hono();
  app.get("/slos/:name/explain", async (c) => {
    const name = c.req.param("name");
    const asked = c.req.query("at") ?? "";
    // A field for dates and times gives no seconds and no zone.
    const given = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(asked) ? `${asked}:00Z` : asked;
    const at = given === "" ? undefined : time.safeParse(given);
    const nowMs = ports.now();
    const atMs = Math.min(nowMs, at?.data ?? nowMs);
    const found = await ports.explain(name, { atMs, knownMs: atMs });
    if (found === undefined) {
      const missing = html`<h1>No SLO is or was named ${name}</h1>
        <p><a href="/">All SLOs</a></p>`;
      return c.html(await page("Not found", missing), 404);
    }
    const problem = at?.success === false ? `"${asked}" is no time; this is the present.` : undefined;
    return c.html(await explainPage(found, problem));
  });
  return app;
}

function explainPage(found: Explanation, problem: string | undefined): Html | Promise<Html> {
  const { asKnown, computedNow, revision } = found;
  return page(
    `${found.displayName} explained`,
    html`<nav><a href="/">SLOs</a> / <a href="/slos/${found.slo}">${found.displayName}</a></nav>
      <h1>Where the number comes from</h1>
      <form>
        <label>At (UTC) <input type="datetime-local" name="at" value="${found.at.slice(0, 16)}" /></label>
        <button>Show</button>
      </form>
      ${problem === undefined ? "" : html`<p>${problem}</p>`}
      ${found.asKnownNote === null ? "" : html`<p>${found.asKnownNote}</p>`}
      ${asKnown === null ? "" : numberPart("As it was known", asKnown)}
      ${
        found.difference.length === 0
          ? ""
          : html`<h2>Since then</h2>
              ${found.difference.map((sentence) => html`<p>${sentence}</p>`)}`
      }
      ${
        computedNow === null || isSame(asKnown, computedNow)
          ? ""
          : numberPart("Computed now, for the same time", computedNow)
      }
      ${found.computedNowNote === null ? "" : html`<p>Not computed now: ${found.computedNowNote}</p>`}
      ${revision === null ? "" : revisionPart(revision)}`,
  );
}

function isSame(a: ExplainedNumber | null, b: ExplainedNumber): boolean {
  return a !== null && a.judgedAt === b.judgedAt && a.sentence === b.sentence;
}

function numberPart(title: string, number: ExplainedNumber): Html | Promise<Html> {
  const left = number.budgetRemainingRatio;
  return html`<h2>${title}</h2>
    <p>${number.sentence}</p>
    <div class="tiles">
      ${tile("SLI", formatPercent(number.sli ?? undefined))}
      ${tile("Budget left", left === null || left > 0 ? formatPercent(left ?? undefined) : spentBudget(left))}
      ${tile("State", number.state.replace("_", " "))}
    </div>
    <div class="scroll">
      <table>
        ${number.steps.map(
          ({ what, formula, result }) =>
            html`<tr>
              <td>${what}</td>
              <td>${formula}</td>
              <td class="num">${result.startsWith("≈") ? "" : "= "}${result}</td>
            </tr>`,
        )}
      </table>
    </div>
    <p class="dim">
      Window ${clock(number.window.start)} to ${clock(number.window.end)} (${number.window.description}).
      ${number.coverage.explanation}
    </p>
    ${number.exclusions.map(
      ({ start, end, reason, author }) =>
        html`<p class="dim">
          Taken out: ${clock(start)} to ${clock(end)}, ${reason}${author === null ? "" : ` (${author})`}
        </p>`,
    )}
    ${number.tiers
      .filter(({ kind }) => kind === "burn")
      .map(
        (tier) =>
          html`<p class="dim">
            ${tier.tier}: ${burn(tier.longBurnRate)} over
            ${windowName(tier.longWindowMs)}${
              tier.shortWindowMs === null
                ? ""
                : `, ${burn(tier.shortBurnRate)} over ${windowName(tier.shortWindowMs)}`
            };
            threshold ${burn(tier.burnThreshold)}
          </p>`,
      )}`;
}

function revisionPart(revision: NonNullable<Explanation["revision"]>): Html | Promise<Html> {
  return html`<h2>Definition in force</h2>
    <p>
      Target ${formatPercent(revision.target)} over ${revision.window}, ${revision.source};
      ${revision.isCurrent ? "in force today" : "no longer in force"}.
    </p>
    ${revision.queries.map(({ what, query }) => html`<p>${what}: <code>${query}</code></p>`)}
    <p class="dim">
      ${revision.file ?? ""}${revision.commit === null ? "" : ` at ${revision.commit.slice(0, 12)}`} ·
      ${revision.revision.slice(0, 12)}
    </p>`;
}

function tile(label: string, value: string): Html | Promise<Html> {
  return html`<div class="tile"><span class="dim">${label}</span><b>${value}</b></div>`;
}

const burn = (rate: number | null): string => (rate === null ? "no data" : `${Number(rate.toPrecision(3))}x`);
const clock = (text: string): string => `${text.slice(0, 19).replace("T", " ")} UTC`;
