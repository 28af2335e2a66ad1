import { pino } from "pino";
import pretty from "pino-pretty";

/** Structured logging; fields are plain data and never hold secrets. */
export interface Log {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** Lines for people on a terminal, JSON lines elsewhere; both on standard error, so that standard output stays clean. */
export function createLog(level: LogLevel, format: "pretty" | "json"): Log {
  const stream =
    format === "pretty"
      ? pretty({
          destination: 2,
          colorize: true,
          ignore: "pid,hostname",
          translateTime: "SYS:HH:MM:ss",
          sync: true,
        })
      : pino.destination({ dest: 2, sync: true });
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // An Error is empty as JSON.
      serializers: { error: pino.stdSerializers.err },
    },
    stream,
  );
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
  };
}

/** For tests and tools that have nothing to say. */
export const SILENT_LOG: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
