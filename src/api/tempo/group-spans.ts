import type { Resource, Scope } from "../../model/span-batch.ts";
import type { Span } from "../../model/span.ts";

/** Spans of one resource, by their scopes. */
export interface ResourceGroup {
  readonly resource: Resource;
  readonly scopes: readonly { readonly scope: Scope; readonly spans: readonly Span[] }[];
}

/** As OTLP nests them, everything in the order of its first span. Resources and scopes are told apart as objects. */
export function groupSpans(spans: readonly Span[]): readonly ResourceGroup[] {
  const byResource = new Map<Resource, Map<Scope, Span[]>>();
  for (const span of spans) {
    const byScope = byResource.get(span.resource) ?? new Map<Scope, Span[]>();
    byResource.set(span.resource, byScope);
    const group = byScope.get(span.scope);
    if (group === undefined) byScope.set(span.scope, [span]);
    else group.push(span);
  }
  return [...byResource].map(([resource, byScope]) => ({
    resource,
    scopes: [...byScope].map(([scope, group]) => ({ scope, spans: group })),
  }));
}
