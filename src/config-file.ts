import { z } from "zod";

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** A length of time as people write it: `250ms`, `30s`, `5m`, `12h`, `7d`, `4w`; milliseconds inside. */
const duration = z.string().transform((text, context) => {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(text.trim());
  if (match === null) {
    context.addIssue({
      code: "custom",
      message: `"${text}" is not a duration; write for instance 30s, 12h or 7d`,
    });
    return z.NEVER;
  }
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
});

const UNIT_BYTES = { B: 1, KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824 } as const;

/** A size: `64MiB`, `2GiB`; bytes inside. */
const size = z.string().transform((text, context) => {
  const match = /^(\d+(?:\.\d+)?)\s?(B|KiB|MiB|GiB)$/.exec(text.trim());
  if (match === null) {
    context.addIssue({
      code: "custom",
      message: `"${text}" is not a size; write for instance 64MiB or 2GiB`,
    });
    return z.NEVER;
  }
  return Math.round(Number(match[1]) * UNIT_BYTES[match[2] as keyof typeof UNIT_BYTES]);
});

const retention = z.strictObject({
  spans: duration.prefault("7d"),
  sliCounts: duration.prefault("400d"),
});

const ingest = z.strictObject({
  maxBody: size.prefault("64MiB"),
  maxInFlight: size.prefault("256MiB"),
});

const queries = z.strictObject({
  maxMemory: size.prefault("2GiB"),
  maxTime: duration.prefault("30s"),
});

const log = z.strictObject({
  level: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
  format: z.enum(["auto", "pretty", "json"]).default("auto"),
});

const stop = z.strictObject({
  /** How long /readyz says no before connections are refused, so that load balancers go elsewhere first. */
  readinessDelay: duration.prefault("1s"),
});

/** noroshi.yaml: everything that is not a secret, every field optional. */
export const configFileSchema = z.strictObject({
  /** The address people's links point at; the listen address unless given. */
  publicUrl: z.url({ protocol: /^https?$/ }).optional(),
  retention: retention.prefault({}),
  ingest: ingest.prefault({}),
  queries: queries.prefault({}),
  log: log.prefault({}),
  stop: stop.prefault({}),
});

export type ConfigFile = z.output<typeof configFileSchema>;
