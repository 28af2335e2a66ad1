import { MINUTE_MS } from "../model/time.ts";
import { readDuration, type Duration } from "./duration.ts";
import { readFields, readItems, reportMissing, requireField, type Fields } from "./fields.ts";
import { childPath, report, reportUnsupported } from "./place.ts";
import { readBoolean } from "./scalars.ts";

const ROLLING = "timeWindow: [{duration: 30d, isRolling: true}]";
/** Up to here "1m" is more likely a month, or a year of them, than minutes. */
const LIKELY_MONTHS = 12;

/** Reads `timeWindow`: exactly one, rolling. */
export function readTimeWindow(spec: Fields): Duration | undefined {
  const place = spec.get("timeWindow");
  if (place === undefined) {
    if (spec.misspelt.has("timeWindow")) return undefined;
    reportUnsupported(
      { ...spec.key("timeWindow"), path: childPath(spec.self.path, "timeWindow") },
      "an SLO without timeWindow",
      `write ${ROLLING}`,
    );
    return undefined;
  }
  const items = readItems(place);
  if (items === undefined) return undefined;
  if (items.length !== 1) {
    report(place, "error", `timeWindow has exactly one item, not ${items.length}`, `write ${ROLLING}`);
    return undefined;
  }
  const fields = readFields(items[0]!, ["duration", "isRolling", "calendar"]);
  if (fields === undefined) return undefined;
  const durationPlace = requireField(fields, "duration", "write duration: 30d");
  const duration = durationPlace && readDuration(durationPlace);
  if (!isRolling(fields)) return undefined;
  if (duration?.unit === "m" && duration.ms <= LIKELY_MONTHS * MINUTE_MS) {
    const count = duration.ms / MINUTE_MS;
    report(
      durationPlace!,
      "warning",
      `${duration.text} is ${count} minute${count === 1 ? "" : "s"}`,
      `if ${count} month${count === 1 ? " is" : "s are"} meant, write ${count * 30}d`,
    );
  }
  return duration;
}

function isRolling(fields: Fields): boolean {
  const rollingPlace = fields.get("isRolling");
  const rolling = rollingPlace && readBoolean(rollingPlace);
  if (rollingPlace !== undefined && rolling === undefined) return false;
  const calendar = fields.get("calendar");
  if (calendar !== undefined && rolling === true) {
    report(fields.key("calendar"), "error", "calendar stands beside isRolling: true", "remove calendar");
    return false;
  }
  if (calendar !== undefined || rolling === false) {
    const name = calendar === undefined ? "isRolling" : "calendar";
    reportUnsupported(fields.key(name), "a calendar window", `write a rolling one: ${ROLLING}`);
    return false;
  }
  if (rolling === undefined) {
    reportMissing(fields, "isRolling", "write isRolling: true");
    return false;
  }
  return true;
}
