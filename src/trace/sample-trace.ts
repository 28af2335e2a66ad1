import { AttributeType, type Attributes, type AttributeValue } from "../model/attributes.ts";
import { SpanKind, StatusCode } from "../model/span-batch.ts";
import type { Span } from "../model/span.ts";

/** One line of a trace written down for a test. */
export interface SampleSpan {
  /** Its id, and the name by which others call it. */
  readonly id: string;
  readonly parent?: string;
  readonly service: string;
  readonly name?: string;
  readonly kind?: keyof typeof SpanKind;
  /** Milliseconds. */
  readonly at: readonly [start: number, end: number];
  readonly error?: boolean;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** Type of an exception that it records. */
  readonly exception?: string;
}

const ORIGIN = 1_750_000_000_000_000_000n;

/** A trace for tests, in the order in which it is written. */
export function sampleTrace(lines: readonly SampleSpan[]): readonly Span[] {
  return lines.map((line) => ({
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: line.id,
    parentSpanId: line.parent ?? "",
    traceState: "",
    flags: 1,
    name: line.name ?? line.id,
    kind: SpanKind[line.kind ?? "internal"],
    status: line.error === true ? StatusCode.error : StatusCode.unset,
    statusMessage: "",
    startUnixNano: ORIGIN + BigInt(Math.round(line.at[0] * 1e6)),
    endUnixNano: ORIGIN + BigInt(Math.round(line.at[1] * 1e6)),
    attributes: sampleAttributes(line.attributes ?? {}),
    droppedAttributes: 0,
    events:
      line.exception === undefined
        ? []
        : [
            {
              timeUnixNano: ORIGIN + BigInt(Math.round(line.at[1] * 1e6)),
              name: "exception",
              attributes: sampleAttributes({ "exception.type": line.exception }),
              droppedAttributes: 0,
            },
          ],
    droppedEvents: 0,
    links: [],
    droppedLinks: 0,
    resource: {
      attributes: sampleAttributes({ "service.name": line.service }),
      schemaUrl: "",
      serviceName: line.service,
    },
    scope: { name: "", version: "", attributes: sampleAttributes({}), schemaUrl: "" },
  }));
}

function sampleAttributes(values: Readonly<Record<string, AttributeValue>>): Attributes {
  return {
    keys: Object.keys(values),
    values: Object.values(values),
    types: Object.values(values).map((value) =>
      typeof value === "string"
        ? AttributeType.string
        : typeof value === "boolean"
          ? AttributeType.bool
          : Number.isInteger(Number(value))
            ? AttributeType.int
            : AttributeType.double,
    ),
  };
}
