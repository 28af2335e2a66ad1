import type { Notice } from "./notice.ts";
import type { Terminal } from "./terminal.ts";

/** Most lines of a message that are shown; people there see all of them. */
const DETAIL_LINES = 12;

const WORDS: Readonly<Record<Notice["receiver"], Readonly<Record<Notice["change"], string>>>> = {
  pagerduty: {
    opened: "PAGERDUTY · incident",
    updated: "PAGERDUTY · updated",
    resolved: "PAGERDUTY · resolved",
    replied: "PAGERDUTY · note",
  },
  slack: {
    opened: "SLACK · #alerts",
    updated: "SLACK · edited",
    resolved: "SLACK · resolved",
    replied: "SLACK · in thread",
  },
};

/** Tells notices as the people there would see them: the first alert of each receiver in full, others in a line. */
export function createNoticeTeller(
  terminal: Terminal,
  indent: number,
): (notice: Notice, time: string, since: string) => void {
  const { style } = terminal;
  const met = new Set<string>();
  return (notice, time, since) => {
    const kind = `${notice.receiver} ${notice.change}`;
    const first = !met.has(kind);
    met.add(kind);
    // An edit repeats what its thread says; one is enough to show that it happens.
    if (notice.change === "updated" && !first) return;
    const alarm = notice.receiver === "pagerduty" ? style.red : style.yellow;
    const paint = notice.change === "opened" ? alarm : style.green;
    const words = WORDS[notice.receiver][notice.change];
    terminal.say(`${time} ${paint(style.bold(words))}  ${notice.title} ${style.dim(`(${since})`)}`, indent);
    if (!first || notice.change !== "opened") return;
    const margin = `${" ".repeat(indent)}${style.dim("│")} `;
    for (const line of notice.details.slice(0, DETAIL_LINES)) terminal.say(margin + line, indent + 4);
    const left = notice.details.length - DETAIL_LINES;
    if (left > 0) terminal.say(margin + style.dim(`… ${left} more`), indent + 4);
    terminal.blank();
  };
}
