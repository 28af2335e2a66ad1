/** From a value to a place on an axis, with the values that are written beside it. */
export interface Scale {
  readonly place: (value: number) => number;
  readonly ticks: readonly number[];
}

/** Beyond so many times the threshold a straight axis would press it to the ground. */
const MOST_STRAIGHT = 8;

/**
 * Burn from 0 up, over [from, to] pixels. Straight, or by powers of ten from 1 on where the highest burn is far above the
 * threshold.
 */
export function burnScale(highest: number, threshold: number, from: number, to: number): Scale {
  const top = Math.max(highest * 1.08, threshold * 1.25, 1);
  if (highest <= threshold * MOST_STRAIGHT || top <= 10) {
    const step = niceStep(top, 5);
    const ticks = Array.from({ length: Math.floor(top / step) + 1 }, (_, i) => rounded(i * step));
    return { place: (value) => from + ((to - from) * clamp(value, 0, top)) / top, ticks };
  }
  const height = Math.log10(1 + top);
  const powers = Array.from({ length: Math.ceil(Math.log10(top)) + 1 }, (_, i) => 10 ** i);
  return {
    place: (value) => from + ((to - from) * Math.log10(1 + clamp(value, 0, top))) / height,
    ticks: [0, ...powers.filter((power) => power <= top)],
  };
}

/** What is left of a budget: 0 to 1, and below 0 as far as it is overspent, by 100 % at most. */
export function budgetScale(lowest: number, highest: number, from: number, to: number): Scale {
  const bottom = lowest >= 0 ? 0 : Math.max(-1, Math.min(-0.25, lowest));
  const top = Math.max(highest, 0.01) > 0.5 || bottom < 0 ? 1 : niceTop(Math.max(highest, 0.01));
  return {
    place: (value) => from + ((to - from) * (clamp(value, bottom, top) - bottom)) / (top - bottom),
    ticks: bottom < 0 ? [bottom, 0, top] : [0, top / 2, top],
  };
}

const TIME_STEPS_MIN = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880, 10_080] as const;

/** Whole minutes, hours or days of UTC in [startMs, endMs], about `most` of them. */
export function timeTicks(startMs: number, endMs: number, most: number): readonly number[] {
  const fitting = TIME_STEPS_MIN.find((minutes) => (endMs - startMs) / (minutes * 60_000) <= most);
  const stepMs = (fitting ?? 43_200) * 60_000;
  const ticks: number[] = [];
  for (let atMs = Math.ceil(startMs / stepMs) * stepMs; atMs <= endMs; atMs += stepMs) ticks.push(atMs);
  return ticks;
}

/** 1, 2 or 5 times a power of ten, so that about `steps` of them reach `top`. */
function niceStep(top: number, steps: number): number {
  const rough = top / steps;
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
}

function niceTop(value: number): number {
  const step = niceStep(value, 2);
  return rounded(Math.ceil(value / step) * step);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

function rounded(value: number): number {
  return Number(value.toPrecision(12));
}
