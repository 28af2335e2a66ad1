import { report, type Place } from "../place.ts";

const NAME_CHARACTERS = 63;

/**
 * The name that an SLO of another dialect has here: lower case, `-` for what our names do not take, cut at 63
 * characters, which gets a warning. "" where nothing is left, which is reported.
 */
export function dialectName(written: string, place: Place): string {
  const whole = written
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  if (whole === "") {
    report(place, "error", `no name can be made of "${written}"`, "write a name of letters and digits");
    return "";
  }
  if (whole.length <= NAME_CHARACTERS) return whole;
  const name = whole.slice(0, NAME_CHARACTERS).replace(/-+$/, "");
  report(
    place,
    "warning",
    `the name "${whole}" has ${whole.length} characters and is cut at ${NAME_CHARACTERS}: ${name}`,
    "shorten it, lest two names become one",
  );
  return name;
}
