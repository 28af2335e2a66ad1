import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitsOf, isStaleAt, setStaleAt } from "../../model/stale.ts";
import { RowBinaryWriter } from "./row-binary.ts";
import { readSamples } from "./sample-result.ts";

interface Row {
  readonly id: bigint;
  readonly timeMs: number;
  readonly value: number;
}

const block = (out: RowBinaryWriter, rows: readonly Row[]): void => {
  out.varint(3);
  out.varint(rows.length);
  for (const [name, type] of [
    ["series", "UInt64"],
    ["time_ms", "Float64"],
    ["value", "Float64"],
  ] as const) {
    out.string(name);
    out.string(type);
    for (const row of rows) {
      if (name === "series") out.uint64(row.id);
      else out.float64(name === "time_ms" ? row.timeMs : row.value);
    }
  }
};

const nothing = (): void => {};

describe("samples of series out of a result", () => {
  it("are all there for each series, whatever blocks and runs they come in", () => {
    const ID = fc.constantFrom(0n, 1n, 2n ** 32n, 2n ** 63n + 1n, 2n ** 64n - 1n);
    const ROW = fc.record({ id: ID, timeMs: fc.nat(1_000), value: fc.double({ noNaN: true }) });
    fc.assert(
      fc.property(fc.array(fc.array(ROW, { maxLength: 30 }), { maxLength: 5 }), (blocks) => {
        const out = new RowBinaryWriter();
        for (const rows of blocks) block(out, rows);
        const ids = [2n ** 64n - 1n, 0n, 7n, 2n ** 32n, 1n];
        let admitted = 0;
        const found = readSamples(out.bytes(), ids, (count) => (admitted += count));
        const known = blocks.flat().filter(({ id }) => ids.includes(id));
        expect(admitted).toBe(known.length);
        for (const [place, id] of ids.entries()) {
          const text = ({ timeMs, value }: Pick<Row, "timeMs" | "value">): string => `${timeMs} ${value}`;
          const expected = known.filter((row) => row.id === id).map(text);
          const own = found[place];
          const actual = Array.from(own?.timesMs ?? [], (timeMs, i) =>
            text({ timeMs, value: own!.values[i]! }),
          );
          expect(actual.sort()).toEqual(expected.sort());
          if (expected.length === 0) expect(own).toBeUndefined();
        }
      }),
    );
  });

  it("are in order when blocks of parts that follow each other come in another order", () => {
    const out = new RowBinaryWriter();
    const part = (from: number): readonly Row[] =>
      [1n, 2n].flatMap((id) => [0, 1, 2].map((i) => ({ id, timeMs: from + i, value: i })));
    for (const from of [200, 0, 100]) block(out, part(from));
    for (const samples of readSamples(out.bytes(), [1n, 2n], nothing)) {
      expect([...samples!.timesMs]).toEqual([0, 1, 2, 100, 101, 102, 200, 201, 202]);
    }
  });

  it("keep the bits of staleness markers", () => {
    const rows = [1, 50].flatMap((count, n) =>
      Array.from({ length: count }, (_, i) => ({ id: BigInt(n), timeMs: i, value: 0 })),
    );
    const out = new RowBinaryWriter();
    block(out, rows);
    const bytes = Uint8Array.from(out.bytes());
    const marked = new Float64Array(rows.length);
    rows.forEach((_, i) => setStaleAt(bitsOf(marked), i));
    bytes.set(new Uint8Array(marked.buffer), bytes.length - marked.byteLength);
    for (const samples of readSamples(bytes, [0n, 1n], nothing)) {
      const bits = bitsOf(samples!.values);
      expect(Array.from(samples!.values, (_, i) => isStaleAt(bits, i))).not.toContain(false);
    }
  });

  it("are refused where the result is cut off or of other types", () => {
    const out = new RowBinaryWriter();
    block(out, [{ id: 1n, timeMs: 1, value: 1 }]);
    expect(() => readSamples(out.bytes().subarray(0, -1), [1n], nothing)).toThrow(RangeError);
    const other = new RowBinaryWriter();
    other.varint(1);
    other.varint(0);
    other.string("series");
    other.string("UInt32");
    expect(() => readSamples(other.bytes(), [1n], nothing)).toThrow(RangeError);
  });
});
