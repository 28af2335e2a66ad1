import type { Hono } from "hono";
import { jsonResponse } from "../prometheus/json-response.ts";
import { legacyQuery } from "./legacy-query.ts";
import type { FoundAttribute, FoundSpanSet, FoundTrace, QueryFault, TempoPorts } from "./ports.ts";
import { readCount, readDuration, readRange } from "./read-params.ts";
import { TempoError } from "./tempo-error.ts";
import { anyValueJson } from "./trace-json.ts";

const TRACES = { otherwise: 20, most: 1_000 };
const SPANS_PER_SPANSET = { otherwise: 3, most: 100 };

/** Adds `/api/search`. Without a time range the last hour is searched. */
export function addSearchRoutes(app: Hono, ports: TempoPorts): void {
  app.get("/api/search", async (c) => {
    const query =
      c.req.query("q")?.trim() ||
      legacyQuery({
        tags: c.req.query("tags") ?? "",
        minMs: readDuration(c, "minDuration"),
        maxMs: readDuration(c, "maxDuration"),
      });
    const found = await ports.search(query, {
      ...readRange(c, ports.now()),
      limit: readCount(c, "limit", TRACES),
      spansPerSpanset: readCount(c, "spss", SPANS_PER_SPANSET),
      signal: c.req.raw.signal,
    });
    if (found.kind === "invalid") throw unparsable(found.error);
    const metrics = {
      inspectedTraces: found.inspectedTraces,
      inspectedSpans: String(found.inspectedSpans),
      completedJobs: found.isPartial ? 0 : 1,
      totalJobs: 1,
    };
    return jsonResponse(c, [JSON.stringify({ traces: found.traces.map(traceJson), metrics })]);
  });
}

/** Says where a query is wrong. */
export function unparsable({ message, line, column, hint }: QueryFault): TempoError {
  const advice = hint === undefined ? "" : `; ${hint}`;
  return new TempoError(
    400,
    `invalid TraceQL query: parse error at line ${line}, col ${column}: ${message}${advice}`,
  );
}

function traceJson(trace: FoundTrace): object {
  const spanSets = trace.spanSets.map(spanSetJson);
  return {
    traceID: trace.traceId,
    rootServiceName: trace.rootServiceName,
    rootTraceName: trace.rootTraceName,
    startTimeUnixNano: String(trace.startUnixNano),
    durationMs: trace.durationMs,
    // What clients read that know of one only.
    spanSet: spanSets[0],
    spanSets,
  };
}

function spanSetJson({ matched, attributes, spans }: FoundSpanSet): object {
  return {
    spans: spans.map((span) => ({
      spanID: span.spanId,
      name: span.name,
      startTimeUnixNano: String(span.startUnixNano),
      durationNanos: String(span.durationNanos),
      attributes: span.attributes.map(labelJson),
    })),
    matched,
    ...(attributes.length === 0 ? {} : { attributes: attributes.map(labelJson) }),
  };
}

/** A KeyValue. */
export function labelJson({ key, type, value }: FoundAttribute): object {
  return { key, value: anyValueJson(type, value) };
}
