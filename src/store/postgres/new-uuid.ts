import { randomBytes } from "node:crypto";
import { uuidV7 } from "../../alert/uuid-v7.ts";

/** A fresh UUID v7 for episodes and notifications. */
export function newUuid(atMs: number): string {
  return uuidV7(atMs, randomBytes(10));
}
