import type { GridFunction } from "../range-function.ts";

/** `increase` of floats, as rate-functions.ts has it for one window. */
export const increaseOnGrid: GridFunction = (samples, ends, windowMs) =>
  counterOnGrid(samples, ends, windowMs, false);

/** `rate` of floats. */
export const rateOnGrid: GridFunction = (samples, ends, windowMs) =>
  counterOnGrid(samples, ends, windowMs, true);

/**
 * Most of what is asked of metrics passes through this loop: where the counter began anew is found once for all windows,
 * and divisions, which are what it costs, are left out where their outcome is known.
 */
function counterOnGrid(
  { timesMs, values }: Parameters<GridFunction>[0],
  ends: Parameters<GridFunction>[1],
  windowMs: number,
  perSecond: boolean,
): ReturnType<GridFunction> {
  const { startMs, stepMs, steps } = ends;
  const { length } = timesMs;
  const resets = resetRows(values);
  const result = new Float64Array(steps);
  const present = new Uint8Array(steps);
  let from = 0;
  let to = 0;
  let reset = 0;
  for (let step = 0; step < steps; step++) {
    const windowEndMs = startMs + step * stepMs;
    const windowStartMs = windowEndMs - windowMs;
    while (to < length && timesMs[to]! <= windowEndMs) to++;
    while (from < to && timesMs[from]! <= windowStartMs) from++;
    const gaps = to - from - 1;
    if (gaps < 1) continue;
    const first = values[from]!;
    let change = values[to - 1]! - first;
    while (reset < resets.length && resets[reset]! <= from) reset++;
    for (let i = reset; i < resets.length && resets[i]! < to; i++) change += values[resets[i]! - 1]!;
    const sampledMs = timesMs[to - 1]! - timesMs[from]!;
    let toStartMs = timesMs[from]! - windowStartMs;
    let toEndMs = windowEndMs - timesMs[to - 1]!;
    if (toStartMs * gaps > sampledMs || toEndMs * gaps > sampledMs) {
      const betweenMs = sampledMs / gaps;
      const nearMs = betweenMs * 1.1;
      if (toStartMs >= nearMs) toStartMs = betweenMs / 2;
      if (toEndMs >= nearMs) toEndMs = betweenMs / 2;
    }
    if (change > 0 && first >= 0 && !(first * sampledMs > 2 * toStartMs * change)) {
      toStartMs = Math.min(toStartMs, sampledMs * (first / change));
    }
    const factor = (sampledMs + toStartMs + toEndMs) / sampledMs;
    result[step] = change * (perSecond ? factor / ((windowEndMs - windowStartMs) / 1000) : factor);
    present[step] = 1;
  }
  return { values: result, present };
}

/** Rows whose value is below the one before. */
function resetRows(values: Float64Array): readonly number[] {
  const rows: number[] = [];
  for (let i = 1; i < values.length; i++) if (values[i]! < values[i - 1]!) rows.push(i);
  return rows;
}
