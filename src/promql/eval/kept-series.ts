import type { MeteredBudget } from "./read-budget.ts";
import type { GridSeries } from "../value.ts";

/** The same series, counted against the budget: for those who keep them all. Throws QueryError beyond the limit. */
export async function* kept(
  budget: Pick<MeteredBudget, "keep">,
  stream: AsyncIterable<GridSeries>,
): AsyncGenerator<GridSeries> {
  for await (const series of stream) {
    budget.keep(series.present.length);
    yield series;
  }
}
