import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AttributeType, type AttributeValue } from "../../model/attributes.ts";
import { attributesJson } from "./attributes-json.ts";

const VALUE: fc.Arbitrary<readonly [AttributeType, AttributeValue]> = fc.oneof(
  fc.string({ unit: "binary" }).map((value) => [AttributeType.string, value] as const),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => [AttributeType.int, value] as const),
  fc.maxSafeInteger().map((value) => [AttributeType.int, value] as const),
  fc.double().map((value) => [AttributeType.double, value] as const),
  fc.boolean().map((value) => [AttributeType.bool, value] as const),
);

const PROTO_NUMBERS: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
};

describe("attributes as OTLP/JSON", () => {
  it("lose nothing", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), VALUE), { maxLength: 6 }), (entries) => {
        const text = attributesJson({
          keys: entries.map(([key]) => key),
          types: entries.map(([, [type]]) => type),
          values: entries.map(([, [, value]]) => value),
        });
        const parsed = JSON.parse(text) as {
          key: string;
          value: Record<string, string | number | boolean>;
        }[];
        expect(parsed.map(({ key }) => key)).toEqual(entries.map(([key]) => key));
        parsed.forEach(({ value }, index) => {
          const [type, expected] = entries[index]?.[1] ?? [AttributeType.json, ""];
          if (type === AttributeType.string) expect(value).toEqual({ stringValue: expected });
          if (type === AttributeType.bool) expect(value).toEqual({ boolValue: expected });
          if (type === AttributeType.int) expect(BigInt(value["intValue"] ?? "")).toBe(BigInt(expected));
          if (type === AttributeType.double) {
            const double = value["doubleValue"];
            expect(typeof double === "string" ? PROTO_NUMBERS[double] : double).toBe(expected);
          }
        });
      }),
    );
  });

  it("that are lists or maps are carried as they came", () => {
    const list = '{"arrayValue":{"values":[{"intValue":"1"}]}}';
    expect(attributesJson({ keys: ["l"], types: [AttributeType.json], values: [list] })).toBe(
      `[{"key":"l","value":${list}}]`,
    );
    expect(attributesJson({ keys: [], types: [], values: [] })).toBe("[]");
  });
});
