import { LogLevel } from "@slack/web-api";

/** Slack's clients would write to the console, and at their debug level bodies. */
export const SILENT = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
};
