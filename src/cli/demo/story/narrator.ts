import { formatDuration } from "../../../slo/format-duration.ts";
import type { SloBody } from "../../../api/slo-schema.ts";
import { COMPANY_NAME } from "../company/company-name.ts";
import type { Scenario } from "../scenarios.ts";
import { hourlyBurn } from "../service-view.ts";
import { simTimeAt } from "../sim-clock.ts";
import type { SimClock } from "../sim-clock.ts";
import type { Timeline } from "../timeline.ts";
import type { Notice } from "./notice.ts";
import { budgetText, burnText, sloTable } from "./slo-table.ts";
import { createNoticeTeller } from "./tell-notice.ts";
import type { Terminal } from "./terminal.ts";

/** Columns before the text of a line that begins with a time. */
const INDENT = 8;

/** Tells the story as it happens. All times are real milliseconds since the epoch. */
export interface Narrator {
  healthy(slos: readonly SloBody[]): void;
  injected(atMs: number): void;
  received(notice: Notice): void;
  /** What the fault did to these. */
  budgets(slos: readonly SloBody[]): void;
  relieved(atMs: number, timeline: Timeline): void;
  progress(nowMs: number, doing: string, slo: SloBody | undefined): void;
}

/** Who and what takes part, before anything runs. */
export function tellOpening(terminal: Terminal, scenario: Scenario, speed: number): void {
  const { style } = terminal;
  terminal.say(`${style.bold("Noroshi demo")} · ${scenario.name} · ${paceText(speed)}`);
  terminal.blank();
  terminal.say(
    `  ${COMPANY_NAME} is a payment company that does not exist. Its services are real HTTP servers that send real ` +
      "traces by OTLP; PagerDuty and Slack are local stand-ins that speak the real protocols. Nothing leaves this " +
      "machine, and nothing stays on it.",
    2,
  );
  terminal.blank();
}

/** A part of the stage is ready. */
export function tellReady(terminal: Terminal, what: string, tookMs: number): void {
  const { style } = terminal;
  terminal.say(`  ${style.green("✓")} ${what} ${style.dim(`(${(tookMs / 1_000).toFixed(1)} s)`)}`, 4);
}

/** A narrator for one scenario on one clock. */
export function createNarrator(terminal: Terminal, scenario: Scenario, clock: SimClock): Narrator {
  const { style } = terminal;
  const tellNotice = createNoticeTeller(terminal, INDENT);
  let since: { readonly atMs: number; readonly event: string } | undefined;
  const time = (ms: number): string => style.dim(` ${clockText(simTimeAt(clock, ms))} `);
  const table = (title: string, slos: readonly SloBody[]): void => {
    terminal.blank();
    terminal.say(`  ${title}`, 2);
    for (const line of sloTable(slos, style)) terminal.say(`    ${line}`, 6);
    terminal.blank();
  };
  return {
    healthy: (slos) =>
      table(
        "An ordinary day. Customers pay, ask for refunds, look at their wallets; budgets are whole:",
        slos,
      ),
    budgets: (slos) => table("What it did to the budgets:", slos),
    injected: (atMs) => {
      since = { atMs, event: "the fault began" };
      terminal.say(`${time(atMs)} ${style.red(style.bold("FAULT INJECTED"))}  ${scenario.trouble}`, INDENT);
    },
    received: (notice) =>
      tellNotice(
        notice,
        time(notice.atMs),
        since === undefined ? "before the fault" : sinceText(clock, since, notice.atMs),
      ),
    relieved: (atMs, { pageResolvesMs, ticketResolvesMs }) => {
      since = { atMs, event: "it ended" };
      terminal.say(`${time(atMs)} ${style.green(style.bold("FAULT ENDED"))}  ${scenario.relief}`, INDENT);
      terminal.say(
        `${" ".repeat(INDENT)}Noroshi fires fast and resolves slowly: the page closes when its 30 min window is clean and half ` +
          `as long again (${soonText(pageResolvesMs)}), the ticket likewise with its 6 h window (${soonText(ticketResolvesMs)}).`,
        INDENT,
      );
    },
    progress: (nowMs, doing, slo) => {
      const figures =
        slo === undefined
          ? ""
          : ` · ${slo.name}: budget ${budgetText(slo)}, burn ${burnText(hourlyBurn(slo))}`;
      terminal.progress(` ${clockText(simTimeAt(clock, nowMs))}  ${doing}${figures}`);
    },
  };
}

/** `10 min of simulated time a second`, or `real time`. */
function paceText(speed: number): string {
  return speed === 1 ? "real time" : `${formatDuration(speed * 1_000)} of simulated time a second`;
}

function sinceText(
  clock: SimClock,
  since: { readonly atMs: number; readonly event: string },
  ms: number,
): string {
  const elapsedMs = Math.max(0, ms - since.atMs);
  const simulated = clock.speed === 1 ? "" : `, ${formatDuration(elapsedMs * clock.speed)} simulated`;
  return `${(elapsedMs / 1_000).toFixed(1)} s after ${since.event}${simulated}`;
}

function soonText(ms: number): string {
  return ms < 60_000 ? `in about ${Math.ceil(ms / 1_000)} s` : `in about ${formatDuration(ms)}`;
}

/** Hours and minutes of a day in UTC. */
function clockText(ms: number): string {
  return new Date(ms).toISOString().slice(11, 16);
}
