import { formatDuration } from "../../../slo/format-duration.ts";
import type { Scenario } from "../scenarios.ts";
import type { Notice } from "./notice.ts";
import type { Outcome } from "./outcome.ts";
import type { Terminal } from "./terminal.ts";

/** What is known at the end. Times are real milliseconds since the epoch. */
export interface Ending {
  readonly scenario: Scenario;
  readonly outcome: Outcome;
  readonly notices: readonly Notice[];
  readonly injectedMs: number;
  readonly relievedMs: number;
  readonly speed: number;
  readonly tookMs: number;
}

/** What did not come true, a plain sentence each; empty when the story went as it should. */
export function disappointments({ scenario, outcome }: Pick<Ending, "scenario" | "outcome">): string[] {
  const sentences: string[] = [];
  if (!outcome.paged) sentences.push(`PagerDuty got no critical alert for ${scenario.sloName}.`);
  if (!outcome.ticketed) sentences.push(`Slack got no message about ${scenario.sloName}.`);
  if (outcome.openPages > 0)
    sentences.push(`${outcome.openPages} incidents at PagerDuty were not resolved in time.`);
  if (outcome.openTickets > 0)
    sentences.push(`${outcome.openTickets} alerts in Slack were not resolved in time.`);
  if (outcome.duplicates > 0) sentences.push(`${outcome.duplicates} alerts were opened twice.`);
  if (sentences.length === 0 && !outcome.allResolved) {
    sentences.push("The service still has alerts open that the receivers do not know of.");
  }
  return sentences;
}

/** The summary, and what to try next. */
export function tellEnding(terminal: Terminal, ending: Ending): void {
  const { style } = terminal;
  const wrong = disappointments(ending);
  terminal.blank();
  if (wrong.length > 0) {
    terminal.say(style.red(style.bold("Not everything came true.")));
    for (const sentence of wrong) terminal.say(`  ${sentence}`, 2);
    return;
  }
  const firstOf = (receiver: Notice["receiver"], changes: readonly Notice["change"][]): number | undefined =>
    ending.notices.find((notice) => notice.receiver === receiver && changes.includes(notice.change))?.atMs;
  const lastOf = (receiver: Notice["receiver"], changes: readonly Notice["change"][]): number | undefined =>
    ending.notices.findLast((notice) => notice.receiver === receiver && changes.includes(notice.change))
      ?.atMs;
  const rows: readonly (readonly [string, number, number | undefined])[] = [
    ["PagerDuty paged", ending.injectedMs, firstOf("pagerduty", ["opened"])],
    ["Slack was told", ending.injectedMs, firstOf("slack", ["opened"])],
    ["PagerDuty resolved", ending.relievedMs, lastOf("pagerduty", ["resolved"])],
    ["Slack resolved", ending.relievedMs, lastOf("slack", ["resolved", "replied"])],
  ];
  terminal.say(style.green(style.bold(`Everything came true, in ${Math.round(ending.tookMs / 1_000)} s.`)));
  for (const [what, fromMs, atMs] of rows) {
    if (atMs === undefined) continue;
    const after = fromMs === ending.injectedMs ? "the fault began" : "it ended";
    const simulated =
      ending.speed === 1 ? "" : style.dim(` (${formatDuration((atMs - fromMs) * ending.speed)} simulated)`);
    terminal.say(
      `  ${what.padEnd(20)} ${((atMs - fromMs) / 1_000).toFixed(1).padStart(5)} s after ${after}${simulated}`,
      4,
    );
  }
  terminal.say(`  ${ending.outcome.alerts} alerts were opened, each of them once, and all are closed.`, 2);
}

/** Commands that lead on from here. */
export function tellNextSteps(terminal: Terminal, scenario: Scenario, url: string | undefined): void {
  const { style } = terminal;
  const other = scenario.name === "slow-ledger" ? "bad-version" : "slow-ledger";
  const steps: readonly (readonly [string, string])[] = [
    ...(url === undefined ? [] : waysIn(url)),
    ["npm run demo -- --list", "the other scenarios"],
    [`npm run demo -- --scenario ${other}`, "another kind of trouble"],
    ["npx noroshi validate slo-specs", "the specs that were used, checked"],
    ["npm start", "the service itself, for your own traces"],
  ];
  terminal.blank();
  terminal.say("What to try next:");
  const width = Math.max(...steps.map(([command]) => command.length));
  for (const [command, why] of steps) terminal.say(`  ${style.cyan(command.padEnd(width))}  ${why}`, 4);
}

function waysIn(url: string): readonly (readonly [string, string])[] {
  return [
    [`open ${url}`, "every budget, in the browser"],
    [`curl -s ${url}/api/v1/notifications`, "what was sent, with every attempt"],
  ];
}
