/** Of a trace id: 16 bytes. */
const DIGITS = 32;

/**
 * A trace id as 32 lower-case hex digits. Shorter ones are padded with zeros on the left, as senders of 64-bit ids do;
 * undefined for what is no id, and for the id of zeros alone, which no trace has.
 */
export function parseTraceId(text: string): string | undefined {
  if (!/^[0-9a-fA-F]{1,32}$/.test(text) || /^0+$/.test(text)) return undefined;
  return text.toLowerCase().padStart(DIGITS, "0");
}
