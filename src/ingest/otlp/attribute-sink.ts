import {
  AttributeType,
  type Attributes,
  type AttributeValue,
  NO_ATTRIBUTES,
} from "../../model/attributes.ts";
import type { DecodeTally } from "./decode-tally.ts";
import type { AttributeLimits } from "./span-limits.ts";

/** An attribute set in the making. */
export interface AttributeSink {
  keys: string[];
  types: AttributeType[];
  values: AttributeValue[];
  /** Left out by a limit, or replaced by a later entry of the same key. */
  dropped: number;
}

export function createAttributeSink(): AttributeSink {
  return { keys: [], types: [], values: [], dropped: 0 };
}

/** True when another entry would be over the limit; the caller then counts it with dropAttribute, unread. */
export function isFull(sink: AttributeSink, limits: AttributeLimits): boolean {
  return sink.keys.length >= limits.attributesPerSet;
}

export function dropAttribute(sink: AttributeSink, tally: DecodeTally): void {
  sink.dropped += 1;
  tally.droppedAttributes += 1;
}

/** Adds an entry within the limits. Of a repeated key the last one stays and the earlier one counts as dropped. */
export function putAttribute(
  sink: AttributeSink,
  key: string,
  type: AttributeType,
  value: AttributeValue,
  limits: AttributeLimits,
  tally: DecodeTally,
): void {
  let kept = value;
  if (typeof value === "string" && value.length > limits.attributeValueLength) {
    if (type === AttributeType.json) return dropAttribute(sink, tally);
    kept = cutText(value, limits.attributeValueLength, tally);
  }
  if (key.length > limits.nameLength) return dropAttribute(sink, tally);
  const index = sink.keys.indexOf(key);
  if (index >= 0) {
    dropAttribute(sink, tally);
    sink.types[index] = type;
    sink.values[index] = kept;
    return;
  }
  sink.keys.push(key);
  sink.types.push(type);
  sink.values.push(kept);
}

/** The finished set; the sink is empty afterwards. Read `dropped` before. */
export function takeAttributes(sink: AttributeSink): Attributes {
  sink.dropped = 0;
  if (sink.keys.length === 0) return NO_ATTRIBUTES;
  const attributes = { keys: sink.keys, types: sink.types, values: sink.values };
  sink.keys = [];
  sink.types = [];
  sink.values = [];
  return attributes;
}

/** `text` in at most `length` UTF-16 units, never ending in half a character. */
export function cutText(text: string, length: number, tally: DecodeTally): string {
  if (text.length <= length) return text;
  tally.cutStrings += 1;
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}
