import type { SpanFilter } from "./span-filter.ts";

/**
 * The only values of the resource's `service.name` with which the filter can be true, if it says so itself; undefined
 * when any service may match. None of them is "": that also stands for a missing name.
 */
export function pinnedServices(filter: SpanFilter): ReadonlySet<string> | undefined {
  switch (filter.type) {
    case "comparison": {
      const { field, operator, literal } = filter;
      const isService =
        (field.type === "attribute" && field.scope === "resource" && field.key === "service.name") ||
        (field.type === "intrinsic" && field.name === "rootServiceName");
      if (!isService || operator !== "=" || literal.type !== "string" || literal.value === "")
        return undefined;
      return new Set([literal.value]);
    }
    case "all": {
      const pinned = filter.operands.map(pinnedServices).filter((services) => services !== undefined);
      return pinned.sort((a, b) => a.size - b.size)[0];
    }
    case "any": {
      const all = filter.operands.map(pinnedServices);
      return all.includes(undefined) ? undefined : new Set(all.flatMap((services) => [...services!]));
    }
    case "constant":
    case "root":
    case "not":
      return undefined;
  }
}
