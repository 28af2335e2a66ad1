import { DAY_MS, type DurationMs, durationMs } from "../../model/time.ts";

/** What the attributes of a request may be. */
export interface AttributeLimits {
  /** Entries of one attribute set (span, event, link, data point, resource or scope). */
  readonly attributesPerSet: number;
  /** UTF-16 units. Strings are cut here; arrays, maps and bytes whose OTLP/JSON text is longer are dropped. */
  readonly attributeValueLength: number;
  /** UTF-16 units. Names are cut here; attributes with a longer key are dropped. */
  readonly nameLength: number;
  /** Arrays and maps inside one attribute value, one in the other. More is malformed. */
  readonly valueDepth: number;
}

/** What one request may bring. What goes beyond is cut or dropped and counted; see SpanBatch's dropped columns. */
export interface SpanLimits extends AttributeLimits {
  readonly eventsPerSpan: number;
  readonly linksPerSpan: number;
  /** Spans, attributes, events, links and nested values of one request together: bounds memory, whatever the body's size. */
  readonly itemsPerRequest: number;
  /** Spans that ended longer ago are rejected: the store would drop them at once. */
  readonly retentionMs: DurationMs;
  /** Spans that end further ahead of the receiver's clock are rejected. */
  readonly futureMs: DurationMs;
}

export const DEFAULT_SPAN_LIMITS: SpanLimits = {
  attributesPerSet: 128,
  attributeValueLength: 65_536,
  nameLength: 1_024,
  eventsPerSpan: 128,
  linksPerSpan: 128,
  valueDepth: 32,
  itemsPerRequest: 2_000_000,
  retentionMs: durationMs(30 * DAY_MS),
  futureMs: DAY_MS,
};
