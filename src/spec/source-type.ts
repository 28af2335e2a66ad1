/** What an SLI may count. */
export type SourceType = "traces" | "prometheus";

/** The source that a type names, in any letter case; undefined for sources of others. */
export function sourceTypeOf(type: string): SourceType | undefined {
  const name = type.toLowerCase();
  return name === "traces" || name === "prometheus" ? name : undefined;
}
