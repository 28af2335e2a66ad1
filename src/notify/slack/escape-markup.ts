import { cleanText } from "../clean-text.ts";

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
/** Nobody sees it, and what it stands in is no mark any more. */
const NOTHING = "\u200B";

/**
 * A text as Slack shows it in mrkdwn: its three special characters escaped, nobody called by `@here`, no block of code
 * opened, and cut to at most `mostChars` UTF-16 units after that; never within a character or an escape.
 */
export function escapeMarkup(text: string, mostChars: number): string {
  const harmless = cleanText(text)
    .replaceAll(/@(?=here|channel|everyone)/gi, `@${NOTHING}`)
    .replaceAll(/`(?=`)/g, "`" + NOTHING);
  let escaped = "";
  for (const character of harmless) {
    const next = ESCAPES[character] ?? character;
    if (escaped.length + next.length > mostChars - 1) {
      return `${escaped}…`;
    }
    escaped += next;
  }
  return escaped;
}

/** Cuts mrkdwn that is escaped already, never within a character or an escape. */
export function clipMarkup(markup: string, mostChars: number): string {
  if (markup.length <= mostChars) return markup;
  let cut = "";
  for (const [piece] of markup.matchAll(/&(?:amp|lt|gt);|[\s\S]/gu)) {
    if (cut.length + piece.length > mostChars - 1) break;
    cut += piece;
  }
  return `${cut}…`;
}
