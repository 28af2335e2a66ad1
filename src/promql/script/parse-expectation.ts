import { parseDurationText } from "../syntax/duration-text.ts";
import { readString } from "../syntax/read-string.ts";
import {
  ScriptFailure,
  type AnnotationExpectation,
  type EvalCommand,
  type MessagePattern,
} from "./script.ts";

const EXPECT = /^expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(msg|regex):(.*))?$/;
const RANGE_VECTOR = /^expect\s+range\s+vector\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)$/;
const STRING = /^expect\s+string\s+(.*)$/;
/** The older way to write what a failure says. */
const FAIL_MESSAGE = /^expected_fail_(message|regexp)\s+(.*)$/;

/** What the lines below an evaluation expect besides series. */
export interface Expectations {
  annotations: AnnotationExpectation[];
  fail: EvalCommand["fail"];
  ordered: boolean;
  rangeVector: EvalCommand["rangeVector"];
  string: string | undefined;
}

export function emptyExpectations(): Expectations {
  return { annotations: [], fail: undefined, ordered: false, rangeVector: undefined, string: undefined };
}

/** Takes in a line that says what is expected; false when it is a line of another kind. Throws ScriptFailure. */
export function applyExpectation(to: Expectations, text: string): boolean {
  const message = FAIL_MESSAGE.exec(text);
  if (message !== null) {
    to.fail = { message: pattern(message[1] === "regexp" ? "regex" : "msg", message[2]!) };
    return true;
  }
  if (!/^expect\s/.test(text)) return false;
  const string = STRING.exec(text);
  const range = RANGE_VECTOR.exec(text);
  const other = EXPECT.exec(text);
  if (string !== null) to.string = readString(string[1]!, 0).value;
  else if (range !== null) {
    const [startMs, endMs, stepMs] = range.slice(1).map((part) => parseDurationText(part));
    if (startMs === undefined || endMs === undefined || stepMs === undefined) {
      throw new ScriptFailure(`not durations: ${text}`);
    }
    to.rangeVector = { startMs, endMs, stepMs };
  } else if (other !== null) applyOther(to, other[1]!, pattern(other[2], other[3] ?? ""));
  else throw new ScriptFailure(`not an expectation: ${text}`);
  return true;
}

function applyOther(to: Expectations, what: string, message: MessagePattern): void {
  if (what === "ordered") to.ordered = true;
  else if (what === "fail") to.fail = { message };
  else {
    const level = what.endsWith("warn") ? "warning" : "info";
    to.annotations.push({ level, some: !what.startsWith("no_"), message });
  }
}

function pattern(kind: string | undefined, text: string): MessagePattern {
  if (kind === undefined) return undefined;
  if (kind === "msg") return { kind: "text", text: text.trim() };
  try {
    return { kind: "pattern", pattern: new RegExp(text.trim()) };
  } catch (error) {
    throw new ScriptFailure(`not a regular expression: ${text.trim()}: ${(error as Error).message}`);
  }
}
