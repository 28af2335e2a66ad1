import { printField } from "../traceql/print-filter.ts";
import type { SpanFilter } from "../traceql/span-filter.ts";

/** The attributes that a filter asks for, as TraceQL writes them; `.x` may be either scope's. */
export function conditionAttributes(filter: SpanFilter): ReadonlySet<string> {
  switch (filter.type) {
    case "constant":
    case "root":
      return new Set();
    case "not":
      return conditionAttributes(filter.operand);
    case "all":
    case "any":
      return new Set(filter.operands.flatMap((operand) => [...conditionAttributes(operand)]));
    case "comparison": {
      const { field } = filter;
      if (field.type === "intrinsic" || field.scope !== "any") return new Set([printField(field)]);
      const scopes = ["span", "resource"] as const;
      return new Set(scopes.map((scope) => printField({ ...field, scope })));
    }
  }
}
