import { createHash } from "node:crypto";
import type { SourceSnapshot } from "./spec-source.ts";

/** The same for the same files with the same texts, of the same revision, and the same problems. */
export function snapshotFingerprint({ texts, problems, revision, revisions }: SourceSnapshot): string {
  const hash = createHash("sha256");
  for (const { path, text } of texts) hash.update(`${path.length}:${path}${text.length}:${text}`);
  return hash.update(JSON.stringify([problems, revision, revisions])).digest("hex");
}
