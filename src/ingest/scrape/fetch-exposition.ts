import { expositionFormat } from "./exposition-format.ts";
import { readScrapeBody } from "./read-scrape-body.ts";
import { createTargetClient } from "./request-target.ts";
import type { ScrapeTarget } from "./scrape-target.ts";
import type { ScrapeAnswer } from "./target-samples.ts";

export type FetchedExposition =
  | { readonly ok: true; readonly answer: ScrapeAnswer }
  | { readonly ok: false; readonly problem: string };

export interface ExpositionFetcher {
  /** Ends within the job's timeout, and soon after `stopped` is aborted. */
  fetch(stopped: AbortSignal): Promise<FetchedExposition>;
  close(): void;
}

export function createExpositionFetcher(target: ScrapeTarget): ExpositionFetcher {
  const client = createTargetClient(target);
  const { timeoutMs, bodyLimitBytes } = target.job;

  const get = async (signal: AbortSignal): Promise<FetchedExposition> => {
    const answer = await client.request(signal);
    const { statusCode, statusMessage } = answer;
    if (statusCode !== 200) {
      answer.destroy();
      return { ok: false, problem: `the target answers ${statusCode} ${statusMessage ?? ""}`.trim() };
    }
    const contentType = answer.headers["content-type"];
    const format = expositionFormat(contentType);
    if (format === undefined) {
      answer.destroy();
      return {
        ok: false,
        problem: `content type ${JSON.stringify(contentType)} is neither Prometheus's text format nor OpenMetrics`,
      };
    }
    const body = await readScrapeBody(answer, bodyLimitBytes);
    return body.ok ? { ok: true, answer: { text: body.text, format } } : body;
  };
  return {
    fetch: async (stopped) => {
      const timeout = AbortSignal.timeout(timeoutMs);
      try {
        return await get(AbortSignal.any([timeout, stopped]));
      } catch (error) {
        const problem = timeout.aborted ? `no whole answer within ${timeoutMs / 1_000} s` : faultText(error);
        return { ok: false, problem };
      }
    },
    close: () => client.close(),
  };
}

function faultText(error: unknown): string {
  // Where a name has several addresses, the error is about each of them, and has no text of its own.
  if (error instanceof AggregateError && error.errors.length > 0) return faultText(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
