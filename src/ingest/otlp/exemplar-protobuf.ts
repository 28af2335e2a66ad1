import { NO_ATTRIBUTES } from "../../model/attributes.ts";
import { type AttributeReader, readAttribute } from "./any-value-protobuf.ts";
import { type AttributeSink, takeAttributes } from "./attribute-sink.ts";
import { countItem } from "./decode-tally.ts";
import type { MetricLimits } from "./metric-limits.ts";
import type { ExemplarDraft, PointDraft } from "./point-draft.ts";
import { readDouble } from "./point-fields-protobuf.ts";
import { readFixed, readLength, readTag, skipField } from "./wire-reader.ts";

const EXEMPLAR_FIELDS = 0b1111_1100;
const ONLY_ZEROS = /^0*$/;

/** Reads a length and the Exemplar after it into the draft. Beyond the limit it is not read. */
export function readExemplarInto(
  from: AttributeReader,
  sink: AttributeSink,
  { exemplars }: PointDraft,
  limits: MetricLimits,
  end: number,
): void {
  const { reader } = from;
  const exemplarEnd = readLength(reader, end);
  if (exemplars.length >= limits.exemplarsPerPoint) {
    reader.position = exemplarEnd;
    return;
  }
  countItem(from.tally);
  const draft: ExemplarDraft = {
    timeLow: 0,
    timeHigh: 0,
    value: undefined,
    traceId: "",
    spanId: "",
    attributes: NO_ATTRIBUTES,
  };
  while (reader.position < exemplarEnd) {
    const tag = readTag(reader, exemplarEnd);
    if (tag === 17) {
      const offset = readFixed(reader, exemplarEnd, 8);
      draft.timeLow = reader.view.getUint32(offset, true);
      draft.timeHigh = reader.view.getUint32(offset + 4, true);
    } else if (tag === 25) draft.value = readDouble(reader, exemplarEnd);
    else if (tag === 49) {
      const offset = readFixed(reader, exemplarEnd, 8);
      const high = reader.view.getInt32(offset + 4, true);
      draft.value = high * 4_294_967_296 + reader.view.getUint32(offset, true);
    } else if (tag === 34) draft.spanId = readHexId(from, exemplarEnd, 8);
    else if (tag === 42) draft.traceId = readHexId(from, exemplarEnd, 16);
    else if (tag === 58) readAttribute(from, exemplarEnd, sink);
    else skipField(reader, tag, exemplarEnd, EXEMPLAR_FIELDS);
  }
  draft.attributes = takeAttributes(sink);
  exemplars.push(draft);
}

/** An id in lower-case hex; "" when it has another length or is all zero. */
function readHexId({ reader }: AttributeReader, end: number, length: number): string {
  const idEnd = readLength(reader, end);
  const hex = idEnd - reader.position === length ? reader.bytes.toString("hex", reader.position, idEnd) : "";
  reader.position = idEnd;
  return ONLY_ZEROS.test(hex) ? "" : hex;
}
