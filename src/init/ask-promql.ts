import { z } from "zod";
import { HistoryError, type GetJson } from "../backtest/history.ts";

const vectorBody = z.object({
  data: z.object({
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        value: z.tuple([z.number(), z.string()]),
      }),
    ),
  }),
});

export interface VectorSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Instant queries over the metrics of the server. */
export type AskPromql = (query: string) => Promise<readonly VectorSample[]>;

/** Finite values alone. A query that the server refuses (too much to read) throws HistoryError. */
export function askPromqlOf(getJson: GetJson, atMs: number): AskPromql {
  return async (query) => {
    const path = `/prometheus/api/v1/query?time=${atMs / 1_000}&query=${encodeURIComponent(query)}`;
    const parsed = vectorBody.safeParse(await getJson(path));
    if (!parsed.success) throw new HistoryError(`the server's answer to ${query} is not a vector`);
    return parsed.data.data.result
      .map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }))
      .filter(({ value }) => Number.isFinite(value));
  };
}

/** The only value, or `otherwise`. */
export function onlyValue(samples: readonly VectorSample[], otherwise: number): number {
  return samples[0]?.value ?? otherwise;
}
