import type { Context, Hono } from "hono";
import { parseTraceId } from "../../model/trace-id.ts";
import { jsonResponse } from "../prometheus/json-response.ts";
import { encodeTrace, encodeTraceResponse } from "./encode-trace.ts";
import type { TempoPorts } from "./ports.ts";
import { readHint } from "./read-params.ts";
import { TempoError } from "./tempo-error.ts";
import { resourceSpansJson } from "./trace-json.ts";

const PROTOBUF = "application/protobuf";

/** Adds `/api/traces/{id}` and `/api/v2/traces/{id}`. */
export function addTraceRoutes(app: Hono, ports: TempoPorts): void {
  app.get("/api/traces/:id", async (c) => {
    const { spans } = await findTrace(c, ports);
    return wantsProtobuf(c)
      ? c.body(encodeTrace(spans), 200, { "content-type": PROTOBUF })
      : jsonResponse(c, [JSON.stringify({ batches: resourceSpansJson(spans) })]);
  });
  app.get("/api/v2/traces/:id", async (c) => {
    const { spans, isTruncated } = await findTrace(c, ports);
    const message = isTruncated ? `only the first ${spans.length} spans of the trace are here` : undefined;
    if (wantsProtobuf(c)) {
      return c.body(encodeTraceResponse(spans, message), 200, { "content-type": PROTOBUF });
    }
    const partial = message === undefined ? {} : { status: "PARTIAL", message };
    return jsonResponse(c, [
      JSON.stringify({ trace: { resourceSpans: resourceSpansJson(spans) }, metrics: {}, ...partial }),
    ]);
  });
}

async function findTrace(c: Context, ports: TempoPorts) {
  const text = c.req.param("id") ?? "";
  const traceId = parseTraceId(text);
  if (traceId === undefined) {
    throw new TempoError(400, `invalid trace id ${JSON.stringify(text)}: it is up to 32 hex digits`);
  }
  const found = await ports.readTrace(traceId, { ...readHint(c), signal: c.req.raw.signal });
  if (found === undefined) throw new TempoError(404, `trace ${traceId} is not stored here`);
  return found;
}

const wantsProtobuf = (c: Context): boolean => (c.req.header("accept") ?? "").includes(PROTOBUF);
