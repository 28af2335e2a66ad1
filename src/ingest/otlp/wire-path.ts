import { type Message, type MessageName, MESSAGES } from "./wire-messages.ts";
import { createWireReader, readLength, readTag, skipField, type WireReader } from "./wire-reader.ts";

/**
 * Names the field of an export request that holds the byte at `offset`, by reading the body once more: the
 * decoder itself then need not keep track. "" when the byte belongs to no known field.
 */
export function wirePath(body: Uint8Array, offset: number, request: "traces" | "metrics"): string {
  const reader = createWireReader(body);
  const names: string[] = [];
  let message: Message | undefined = MESSAGES[request];
  let end = body.length;
  while (message !== undefined) {
    const found = fieldAt(reader, end, offset, message);
    if (found === undefined) break;
    names.push(found.name);
    end = found.end;
    message = found.message === undefined ? undefined : MESSAGES[found.message];
  }
  return names.join(".");
}

interface FoundField {
  readonly name: string;
  /** Set when the byte lies inside this message, which is where the reader then stands. */
  readonly message: MessageName | undefined;
  readonly end: number;
}

function fieldAt(reader: WireReader, end: number, offset: number, message: Message): FoundField | undefined {
  const seen = new Map<number, number>();
  while (reader.position < end) {
    let name: string | undefined;
    try {
      const tag = readTag(reader, end);
      const number = tag >>> 3;
      const field = message[number];
      const index = seen.get(number) ?? 0;
      seen.set(number, index + 1);
      if (field !== undefined) name = field.repeated ? `${field.name}[${index}]` : field.name;
      name ??= `field ${number}`;
      const valueStart = reader.position;
      if ((tag & 7) === 2 && field?.message !== undefined) {
        const valueEnd = readLength(reader, end);
        if (offset < reader.position) return { name, message: undefined, end };
        if (offset < valueEnd || (offset === valueEnd && valueEnd === end)) {
          return { name, message: field.message, end: valueEnd };
        }
        reader.position = valueEnd;
      } else skipField(reader, tag, end, 0);
      if (offset < reader.position || offset < valueStart) return { name, message: undefined, end };
    } catch {
      // The walk has reached what the decoder could not read either.
      return name === undefined ? undefined : { name, message: undefined, end };
    }
  }
  return undefined;
}
