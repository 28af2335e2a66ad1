/**
 * A label's name as it stands in a path: after `U__`, `__` is an underscore and `_1F600_` the character of that code
 * point. What is not encoded like that is taken as it is.
 */
export function decodeLabelName(name: string): string {
  if (!name.startsWith("U__")) return name;
  let decoded = "";
  let at = 3;
  while (at < name.length) {
    if (name[at] !== "_") {
      decoded += name[at]!;
      at += 1;
    } else if (name[at + 1] === "_") {
      decoded += "_";
      at += 2;
    } else {
      const hex = /^_([0-9a-fA-F]{1,6})_/.exec(name.slice(at, at + 8))?.[1];
      const code = hex === undefined ? -1 : Number.parseInt(hex, 16);
      if (hex === undefined || code > 0x10_ffff || (code >= 0xd800 && code <= 0xdfff)) return name;
      decoded += String.fromCodePoint(code);
      at += hex.length + 2;
    }
  }
  return decoded;
}
