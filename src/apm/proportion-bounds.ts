/** 95 % of the time the true share lies within. */
const Z = 1.96;

/**
 * Between which shares the true one lies, when `hits` of `trials` were seen: the score interval of Wilson (1927), which holds
 * for few trials and for shares near 0 and 1, too. 0..1; nothing seen: [0, 1].
 */
export function proportionBounds(
  hits: number,
  trials: number,
): { readonly low: number; readonly high: number } {
  if (trials <= 0) return { low: 0, high: 1 };
  const share = Math.min(Math.max(hits / trials, 0), 1);
  const z2 = Z * Z;
  const middle = share + z2 / (2 * trials);
  const spread = Z * Math.sqrt((share * (1 - share)) / trials + z2 / (4 * trials * trials));
  const scale = 1 + z2 / trials;
  return {
    low: Math.min(Math.max((middle - spread) / scale, 0), share),
    high: Math.max(Math.min((middle + spread) / scale, 1), share),
  };
}
