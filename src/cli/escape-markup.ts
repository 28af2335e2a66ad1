/** Text for HTML and XML, within elements and quoted attributes; without the control characters that XML forbids. */
export function escapeMarkup(text: string): string {
  return text
    .replaceAll(/[^\P{Cc}\n\t]/gu, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
