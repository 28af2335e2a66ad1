import { type AttributeValue, type Attributes, AttributeType } from "../../model/attributes.ts";
import type { Resource, Scope, SpanBatch, SpanEvent, SpanLink } from "../../model/span-batch.ts";
import { attributesJson } from "./attributes-json.ts";
import type { ClickHouse } from "./clickhouse.ts";
import type { RowBinaryWriter } from "./row-binary.ts";
import { withRowBinaryWriter } from "./writer-pool.ts";

/** In the order of writing: what spans of one resource, or of one scope, share lies together (see `shared`). */
const COLUMNS = [
  "trace_id span_id parent_span_id trace_state flags name kind status status_message start_time end_time duration_ns",
  "service resource_str resource_int resource_double resource_bool resource_json resource_schema_url",
  "scope_name scope_version scope_attributes scope_schema_url",
  "span_str span_int span_double span_bool span_json",
  "events_time events_name events_attributes events_dropped_attributes",
  "links_trace_id links_span_id links_trace_state links_attributes links_dropped_attributes links_flags",
  "dropped_attributes dropped_events dropped_links writer group_id",
].flatMap((columns) => columns.split(" "));

const MAP_TYPES = [
  AttributeType.string,
  AttributeType.int,
  AttributeType.double,
  AttributeType.bool,
  AttributeType.json,
] as const;

/** Largest DateTime64(9): 2262-04-11. */
const LAST_NANOS = 9_223_372_036_854_775_807n;

const LAST_DURATION_NS = 2 ** 63;

/** Stores the spans of one ingest group, all or none visible per day; repeated with the same group, they are stored once. */
export async function insertSpans(
  clickhouse: ClickHouse,
  group: { readonly groupId: bigint; readonly writer: bigint; readonly batches: readonly SpanBatch[] },
): Promise<void> {
  const rowCount = group.batches.reduce((sum, batch) => sum + batch.count, 0);
  if (rowCount === 0) return;
  await withRowBinaryWriter(async (out) => {
    for (const batch of group.batches) writeSpans(out, batch, group);
    await clickhouse.insert("ingest", {
      table: "spans",
      columns: COLUMNS,
      rows: out.bytes(),
      rowCount,
      deduplicationToken: `spans-${group.groupId}`,
    });
  });
}

function writeSpans(
  out: RowBinaryWriter,
  batch: SpanBatch,
  group: { groupId: bigint; writer: bigint },
): void {
  const resource = shared(out, batch.resources, writeResource);
  const scope = shared(out, batch.scopes, writeScope);
  for (let row = 0; row < batch.count; row += 1) {
    out.fixed(batch.traceIds, row * 16, row * 16 + 16);
    out.fixed(batch.spanIds, row * 8, row * 8 + 8);
    out.fixed(batch.parentSpanIds, row * 8, row * 8 + 8);
    out.string(batch.traceState[row] ?? "");
    out.uint32(batch.flags[row] ?? 0);
    out.string(batch.name[row] ?? "");
    out.uint8(batch.kind[row] ?? 0);
    out.uint8(batch.status[row] ?? 0);
    out.string(batch.statusMessage[row] ?? "");
    writeTime(out, batch.startUnixNano[row] ?? 0n);
    writeTime(out, batch.endUnixNano[row] ?? 0n);
    out.uint64FromNumber(Math.min(batch.durationNanos[row] ?? 0, LAST_DURATION_NS));
    resource(batch.resource[row] ?? 0);
    scope(batch.scope[row] ?? 0);
    const attributes = batch.attributes[row];
    if (attributes !== undefined) writeAttributeMaps(out, attributes);
    writeEvents(out, batch.events[row] ?? []);
    writeLinks(out, batch.links[row] ?? []);
    out.uint32(batch.droppedAttributes[row] ?? 0);
    out.uint32(batch.droppedEvents[row] ?? 0);
    out.uint32(batch.droppedLinks[row] ?? 0);
    out.uint64(group.writer);
    out.uint64(group.groupId);
  }
}

/** Encodes each item the first time it is used and copies those bytes for every later row. */
function shared<T>(
  out: RowBinaryWriter,
  items: readonly T[],
  write: (out: RowBinaryWriter, item: T) => void,
): (index: number) => void {
  const starts = new Float64Array(items.length).fill(-1);
  const ends = new Float64Array(items.length);
  return (index) => {
    const start = starts[index] ?? -1;
    if (start >= 0) {
      out.repeat(start, ends[index] ?? start);
      return;
    }
    const item = items[index];
    if (item === undefined) throw new RangeError(`the batch refers to entry ${index} of ${items.length}`);
    starts[index] = out.length;
    write(out, item);
    ends[index] = out.length;
  };
}

function writeResource(out: RowBinaryWriter, resource: Resource): void {
  out.string(resource.serviceName);
  writeAttributeMaps(out, resource.attributes);
  out.string(resource.schemaUrl);
}

function writeScope(out: RowBinaryWriter, scope: Scope): void {
  out.string(scope.name);
  out.string(scope.version);
  out.string(attributesJson(scope.attributes));
  out.string(scope.schemaUrl);
}

function writeTime(out: RowBinaryWriter, nanos: bigint): void {
  out.int64(nanos > LAST_NANOS ? LAST_NANOS : nanos);
}

function writeAttributeMaps(out: RowBinaryWriter, { keys, types, values }: Attributes): void {
  for (const type of MAP_TYPES) {
    let count = 0;
    for (let i = 0; i < types.length; i += 1) if (types[i] === type) count += 1;
    out.varint(count);
    if (count === 0) continue;
    for (let i = 0; i < types.length; i += 1) {
      if (types[i] !== type) continue;
      out.string(keys[i] ?? "");
      writeValue(out, type, values[i] as AttributeValue);
    }
  }
}

function writeValue(out: RowBinaryWriter, type: AttributeType, value: AttributeValue): void {
  switch (type) {
    case AttributeType.string:
    case AttributeType.json:
      out.string(value as string);
      return;
    case AttributeType.int:
      out.int64(BigInt.asIntN(64, BigInt(value)));
      return;
    case AttributeType.double:
      out.float64(value as number);
      return;
    case AttributeType.bool:
      out.uint8(value === true ? 1 : 0);
      return;
  }
}

function writeEvents(out: RowBinaryWriter, events: readonly SpanEvent[]): void {
  writeArray(out, events, (event) => writeTime(out, event.timeUnixNano));
  writeArray(out, events, (event) => out.string(event.name));
  writeArray(out, events, (event) => out.string(attributesJson(event.attributes)));
  writeArray(out, events, (event) => out.uint32(event.droppedAttributes));
}

function writeLinks(out: RowBinaryWriter, links: readonly SpanLink[]): void {
  writeArray(out, links, (link) => out.fixed(link.traceId, 0, 16));
  writeArray(out, links, (link) => out.fixed(link.spanId, 0, 8));
  writeArray(out, links, (link) => out.string(link.traceState));
  writeArray(out, links, (link) => out.string(attributesJson(link.attributes)));
  writeArray(out, links, (link) => out.uint32(link.droppedAttributes));
  writeArray(out, links, (link) => out.uint32(link.flags));
}

function writeArray<T>(out: RowBinaryWriter, items: readonly T[], write: (item: T) => void): void {
  out.varint(items.length);
  for (const item of items) write(item);
}
