import { RowBinaryWriter } from "./row-binary.ts";

const KEPT_WRITERS = 4;
/** A larger buffer is given back to the system after use. */
const KEPT_BYTES = 64 * 1024 * 1024;

const idle: RowBinaryWriter[] = [];

/** Lends an empty writer until `use` settles, so that steady inserts allocate nothing. */
export async function withRowBinaryWriter<T>(use: (writer: RowBinaryWriter) => Promise<T>): Promise<T> {
  const writer = idle.pop() ?? new RowBinaryWriter();
  try {
    return await use(writer);
  } finally {
    if (idle.length < KEPT_WRITERS && writer.length <= KEPT_BYTES) {
      writer.reset();
      idle.push(writer);
    }
  }
}
