/**
 * A group for people: the values that its episodes share, as `payment · eu`; what came all at once, and digests, say so.
 * @param key of GroupSoFar: a JSON list, the route's name first, then label and value pairs
 */
export function groupName(key: string): string {
  const json = key.slice(0, key.lastIndexOf("]") + 1);
  let parts: unknown;
  try {
    parts = JSON.parse(json);
  } catch {
    return "";
  }
  if (!Array.isArray(parts)) return "";
  const [first, ...labels] = parts as readonly unknown[];
  if (labels.every((label) => typeof label === "string"))
    return first === "storm" ? "all at once" : first === "digest" ? "digest" : "";
  const values = labels.map((label) => (Array.isArray(label) ? String(label[1] ?? "") : ""));
  return values.filter((value) => value !== "").join(" · ");
}
