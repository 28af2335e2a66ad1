/** A String column while it is filled: each value after its length. */
export interface NativeTexts {
  /** Adds a value after those before it. */
  add(text: string): void;
  /** The values so far. */
  bytes(): Uint8Array;
}

/** Values of one piece: texts are encoded together, since every call of the encoder costs as much as a long text. */
const PIECE = 256;
/** A length below is one byte, and that byte is a character. */
const SHORT = 128;
const LENGTHS = Array.from({ length: SHORT }, (_, length) => String.fromCharCode(length));

export function createNativeTexts(): NativeTexts {
  let buffer = Buffer.allocUnsafe(65_536);
  let size = 0;
  const piece: string[] = [];
  let characters = 0;

  const makeRoom = (bytes: number): void => {
    if (size + bytes <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * buffer.length, size + bytes));
    buffer.copy(larger, 0, 0, size);
    buffer = larger;
  };
  const addOne = (text: string): void => {
    const bytes = Buffer.byteLength(text, "utf8");
    makeRoom(bytes + 5);
    for (let rest = bytes; ; rest >>>= 7) {
      buffer[size] = rest < 0x80 ? rest : (rest & 0x7f) | 0x80;
      size += 1;
      if (rest < 0x80) break;
    }
    size += buffer.write(text, size, "utf8");
  };
  const endPiece = (): void => {
    makeRoom(3 * characters);
    const written = buffer.write(piece.join(""), size, "utf8");
    // ASCII has a byte a character; of anything else the lengths were wrong.
    if (written === characters) size += written;
    else for (let i = 1; i < piece.length; i += 2) addOne(piece[i]!);
    piece.length = 0;
    characters = 0;
  };
  return {
    add(text) {
      if (text.length >= SHORT) {
        if (piece.length > 0) endPiece();
        addOne(text);
        return;
      }
      piece.push(LENGTHS[text.length]!, text);
      characters += text.length + 1;
      if (piece.length >= 2 * PIECE) endPiece();
    },
    bytes() {
      if (piece.length > 0) endPiece();
      return buffer.subarray(0, size);
    },
  };
}
