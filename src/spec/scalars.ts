import { isScalar } from "yaml";
import { describe } from "./fields.ts";
import { suggestName } from "../model/nearest-name.ts";
import { report, type Place } from "./place.ts";

function scalarValue(place: Place): unknown {
  return isScalar(place.node) ? place.node.value : undefined;
}

/** NUL and halves of surrogate pairs: no text in a database can hold them. */
const UNSTORABLE = /\0|\p{Surrogate}/u;

/** A text; reports anything else. */
export function readText(place: Place): string | undefined {
  const value = scalarValue(place);
  if (typeof value === "string") {
    if (!UNSTORABLE.test(value)) return value;
    report(
      place,
      "error",
      "the text holds a character that cannot be stored",
      "take \\0 and \\uD800 to \\uDFFF out",
    );
    return undefined;
  }
  const quoted = typeof value === "number" || typeof value === "boolean" ? `"${String(value)}"` : '"…"';
  report(place, "error", `expected a text, found ${describe(place)}`, `write it in quotes: ${quoted}`);
  return undefined;
}

/** A text that is not blank. */
export function readFilledText(place: Place): string | undefined {
  const text = readText(place);
  if (text === undefined || text.trim() !== "") return text;
  report(place, "error", "the text is empty", "write a value, or leave the field out if it is optional");
  return undefined;
}

/** A finite number; reports anything else, numbers in quotes included. */
export function readNumber(place: Place): number | undefined {
  const value = scalarValue(place);
  if (typeof value === "number" && Number.isFinite(value)) return value;
  report(place, "error", `expected a number, found ${describe(place)}`, numberHint(place, value));
  return undefined;
}

function numberHint(place: Place, value: unknown): string {
  if (typeof value !== "string" || value.trim() === "") return "write a number, e.g. 0.999";
  const text = value.trim().replace(/^(\d+),(\d+)/, "$1.$2");
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(text)?.[1];
  if (percent !== undefined && /target(Percent)?$/.test(place.path))
    return `write targetPercent: ${percent}, without the sign`;
  if (!Number.isFinite(Number(text))) return "write a number, e.g. 0.999";
  return text === value.trim() ? `write it without quotes: ${text}` : `write ${text}`;
}

/** `true` or `false`. */
export function readBoolean(place: Place): boolean | undefined {
  const value = scalarValue(place);
  if (typeof value === "boolean") return value;
  report(
    place,
    "error",
    `expected true or false, found ${describe(place)}`,
    "write true or false, without quotes",
  );
  return undefined;
}

/** One of a few words, in this spelling. `meant` says what to write for words that others use. */
export function readChoice<T extends string>(
  place: Place,
  choices: readonly T[],
  meant: Readonly<Record<string, T>> = {},
): T | undefined {
  const text = readText(place);
  if (text === undefined) return undefined;
  const choice = choices.find((candidate) => candidate === text);
  if (choice === undefined) {
    const word = Object.hasOwn(meant, text) ? meant[text] : undefined;
    const hint = word === undefined ? suggestName(text, choices) : `write ${word}`;
    report(place, "error", `"${text}" is not one of ${choices.join(", ")}`, hint);
  }
  return choice;
}

/** Longest description of OpenSLO, in characters. */
const DESCRIPTION_CHARACTERS = 1_050;

/** A description; one that is too long is only worth a warning, for nothing depends on it. */
export function readDescription(place: Place | undefined): string {
  const text = place === undefined ? "" : (readText(place) ?? "");
  if (text.length > DESCRIPTION_CHARACTERS) {
    report(
      place!,
      "warning",
      `the description has ${text.length} characters; OpenSLO allows ${DESCRIPTION_CHARACTERS}`,
      "shorten it, and link to the rest",
    );
  }
  return text;
}
