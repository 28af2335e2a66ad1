import type { EmailBody, EmailSection } from "./email-sections.ts";

/** Seen on white and on black; nothing but these is coloured, so that dark mode is the mail program's own. */
const COLORS = { critical: "#d92d20", warning: "#d97706", resolved: "#16a34a", closed: "#868686" } as const;

const LINK_COLOR = "#2b7de9";

/** The e-mail as HTML: no images, no scripts, nothing that is loaded. */
export function emailHtml({ headline, sections, publicUrl }: EmailBody): string {
  const head = headline === undefined ? "" : `<p style="font-size:16px"><b>${escapeHtml(headline)}</b></p>`;
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8">` +
    `<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">` +
    `</head><body style="font:14px/1.5 -apple-system,'Segoe UI',Roboto,Arial,sans-serif;max-width:680px">` +
    `${head}${sections.map(sectionHtml).join("")}` +
    `<p style="font-size:12px;color:#868686">Noroshi, ${linkHtml(publicUrl, publicUrl)}</p></body></html>`
  );
}

function sectionHtml(section: EmailSection): string {
  const { word, look, summary, whatToDo, details, links, description, footer } = section;
  const color = COLORS[look];
  const label = word === "" ? "" : `<b style="color:${color}">${escapeHtml(word)}:</b> `;
  const rows = details.map(({ name, value }) => rowHtml(name, withLines(escapeHtml(value))));
  rows.push(...links.map(({ name, url }) => rowHtml(name, linkHtml(url, url))));
  return [
    `<div style="border-left:4px solid ${color};padding:2px 0 2px 12px;margin:0 0 16px">`,
    `<p style="margin:0 0 8px">${label}${escapeHtml(summary)}</p>`,
    whatToDo === undefined
      ? ""
      : `<p style="margin:0 0 8px"><b>What to do:</b> ${withLines(escapeHtml(whatToDo))}</p>`,
    rows.length === 0 ? "" : `<table role="presentation" cellspacing="0">${rows.join("")}</table>`,
    description === "" ? "" : `<p style="margin:8px 0 0">${withLines(escapeHtml(description))}</p>`,
    footer === "" ? "" : `<p style="margin:8px 0 0;font-size:12px;color:#868686">${escapeHtml(footer)}</p>`,
    "</div>",
  ].join("");
}

function rowHtml(name: string, valueHtml: string): string {
  return (
    `<tr><td style="padding:1px 16px 1px 0;vertical-align:top;white-space:nowrap">${escapeHtml(name)}</td>` +
    `<td style="padding:1px 0">${valueHtml}</td></tr>`
  );
}

/** Only addresses of the web become links. */
function linkHtml(url: string, words: string): string {
  return /^https?:\/\//i.test(url)
    ? `<a href="${escapeHtml(url)}" style="color:${LINK_COLOR}">${escapeHtml(words)}</a>`
    : escapeHtml(words);
}

const withLines = (html: string): string => html.replaceAll("\n", "<br>");

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text that stays text, between tags and in attributes. */
function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']|(?!\n)\p{Cc}/gu, (character) => ESCAPES[character] ?? "");
}
