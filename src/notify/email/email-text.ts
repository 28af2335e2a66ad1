import type { EmailBody, EmailSection } from "./email-sections.ts";

/** The e-mail as plain text. */
export function emailText({ headline, sections, publicUrl }: EmailBody): string {
  const parts = [headline, ...sections.map(sectionText)].filter((part) => part !== undefined);
  // Two dashes and a blank: mail programs fold away what follows.
  return `${parts.join("\n\n")}\n\n-- \nNoroshi, ${publicUrl}\n`;
}

function sectionText(section: EmailSection): string {
  const { word, summary, whatToDo, details, links, description, footer } = section;
  const rows = [...details, ...links.map(({ name, url }) => ({ name, value: url }))];
  const width = Math.max(0, ...rows.map(({ name }) => name.length)) + 2;
  const indent = `\n${" ".repeat(width)}`;
  const table = rows
    .map(({ name, value }) => `${`${name}:`.padEnd(width)}${value.replaceAll("\n", indent)}`)
    .join("\n");
  return [
    word === "" ? summary : `${word}: ${summary}`,
    whatToDo === undefined ? "" : `What to do: ${whatToDo}`,
    table,
    description,
    footer,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}
