/** What the alerts of a group have in common, of the key that routing gave it; empty where it is none. */
export function groupLabels(key: string): Readonly<Record<string, string>> {
  try {
    const [, ...labels] = JSON.parse(key) as readonly unknown[];
    return Object.fromEntries(labels as readonly [string, string][]);
  } catch {
    return {};
  }
}

/** For people: `service payment, owner payments`. */
export function groupWords(key: string): string {
  const labels = Object.entries(groupLabels(key)).filter(([, value]) => value !== "");
  return labels.map(([name, value]) => `${name} ${value}`).join(", ") || "several";
}
