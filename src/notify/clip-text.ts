/** The text, cut where it is longer than `mostChars` (UTF-16 units); never in the middle of a character. */
export function clipText(text: string, mostChars: number): string {
  if (text.length <= mostChars) return text;
  const cut = text.slice(0, mostChars - 1);
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}
