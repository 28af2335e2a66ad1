import { createHash } from "node:crypto";
import type { Indicator } from "./indicator.ts";

/** The parts of an indicator over traces. Both queries are canonical TraceQL (see traceql's printer), so that spelling does not matter. */
export interface TracesIndicatorDefinition {
  readonly total: string;
  readonly outcome: "good" | "bad";
  readonly query: string;
}

/**
 * The indicator over traces with this definition. Its id is the first 64 bits, in hex, of the SHA-256 of the
 * canonical JSON `{source, total, outcome, query}`: the same definition always has the same id, whatever it is called.
 */
export function defineTracesIndicator(definition: TracesIndicatorDefinition): Indicator {
  const { total, outcome, query } = definition;
  const canonical = JSON.stringify({ source: "traces", total, outcome, query });
  const id = createHash("sha256").update(canonical).digest("hex").slice(0, 16);
  return { id, source: "traces", total, select: { outcome, query } };
}
