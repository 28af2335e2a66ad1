import { isUtf8 } from "node:buffer";
import { readText, type StringTable } from "../otlp/string-table.ts";

/** Stands for what is not UTF-8: labels with it are refused by the series table as invalid text. */
const INVALID_TEXT = "\uffff";

/** The text in bytes[start, end). */
export function readLabelText(texts: StringTable, bytes: Buffer, start: number, end: number): string {
  const text = readText(texts, bytes, start, end);
  // Only then is it worth looking whether that is what the sender wrote.
  if (text.includes("\ufffd") && !isUtf8(bytes.subarray(start, end))) return INVALID_TEXT;
  return text;
}
