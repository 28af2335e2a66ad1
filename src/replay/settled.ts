import type { SloVerdict, WindowBurn } from "../slo/verdict.ts";
import { fulfilsCondition, isFloor } from "../slo/burn-operator.ts";
import { errorBudgetRatio } from "../slo/burn-rate.ts";
import { DEFAULT_GATE, isGated } from "../slo/low-traffic.ts";
import type { AlertTier, Slo } from "../slo/slo.ts";
import { countedMs, type ReplayedPart } from "./replayed-part.ts";

/** Where the burn of a window stays while it slides: `open` when it may cross the threshold, or hold no event. */
type Level = "above" | "below" | "silent" | "open";

/** Rounding of a burn, generously. */
const SLACK = 1e-9;

/**
 * The burn of a window of one part against the tier's threshold, at every time from `fromMs` to `toMs`. Whatever the time, the
 * window holds all that lies between the latest beginning and the earliest end, and at most what lies between the earliest
 * beginning and the latest end.
 */
function level(part: ReplayedPart, tier: AlertTier, nominalMs: number, [fromMs, toMs]: Span): Level {
  const { timeline, target } = part;
  const windowMs = countedMs(part, nominalMs);
  const outer = timeline.sum(fromMs - windowMs, toMs);
  if (outer.total === 0) return "silent";
  const innerTotal = timeline.sum(toMs - windowMs, fromMs).total;
  if (innerTotal <= 0) return "open";
  const allowed = errorBudgetRatio(target) * tier.burnThreshold;
  if (timeline.mostBad(fromMs - windowMs, toMs) / innerTotal < allowed * (1 - SLACK)) return "below";
  const leastBad = timeline.mostBad(toMs - windowMs, fromMs);
  return leastBad / outer.total > allowed * (1 + SLACK) ? "above" : "open";
}

/** From the first evaluation to the last one, both inclusive. */
type Span = readonly [fromMs: number, toMs: number];

/** True when no tier of the SLO can breach at any time of the span. May be false where none does. */
export function isQuiet(slo: Slo, parts: readonly ReplayedPart[], span: Span): boolean {
  return (
    parts.every(({ timeline }) => timeline.orderly) &&
    slo.alerts.every(({ tiers }) => tiers.every((tier) => staysCalm(parts, tier, span)))
  );
}

/** A weighted mean of burns that all lie on one side of the threshold lies there too. */
function staysCalm(parts: readonly ReplayedPart[], tier: AlertTier, span: Span): boolean {
  if (tier.kind === "no-data") {
    return parts.some(
      (part) => part.heard.sum(span[1] - countedMs(part, tier.longWindowMs), span[0]).total > 0,
    );
  }
  const calm = isFloor(tier) ? "above" : "below";
  const isCalm = (windowMs: number): boolean =>
    parts.every((part) => {
      const found = level(part, tier, windowMs, span);
      return found === calm || found === "silent";
    });
  // The long window moves least, so it can be told most often.
  return isCalm(tier.longWindowMs) || (tier.shortWindowMs !== undefined && isCalm(tier.shortWindowMs));
}

/** True when every tier is judged throughout the span as it is in `last`. May be false where it is. */
export function staysAs(last: SloVerdict, parts: readonly ReplayedPart[], span: Span): boolean {
  const { slo } = last;
  const [part] = parts;
  // Where several have to be told apart, judging is as fast.
  if (part === undefined || parts.length > 1 || !part.timeline.orderly) return false;
  return last.alerts.every(({ tiers }) =>
    tiers.every(({ tier, long, short, breaching }) => {
      if (tier.kind === "no-data") return !breaching && staysCalm(parts, tier, span);
      const windows = short === undefined ? [long] : [long, short];
      const settled = windows.every(
        (window) => level(part, tier, window.windowMs, span) === levelNow(tier, window),
      );
      const burning = isFloor(tier) ? "below" : "above";
      const burns = windows.every((window) => levelNow(tier, window) === burning);
      return settled && (!burns || (breaching && isSure(slo, part, tier, span)));
    }),
  );
}

/** What keeps a tier that burns from breaching, too few events or too few bad ones, never happens in the span. */
function isSure(slo: Slo, part: ReplayedPart, tier: AlertTier, [fromMs, toMs]: Span): boolean {
  const { timeline } = part;
  const innerFromMs = toMs - countedMs(part, tier.longWindowMs);
  const gate = slo.lowTrafficGate === undefined ? DEFAULT_GATE : slo.lowTrafficGate;
  if (timeline.sum(innerFromMs, fromMs).total < slo.minEvents) return false;
  return !isGated(gate, timeline.mostBad(innerFromMs, fromMs));
}

/** `unknown` without events: then it cannot be told what silence becomes. */
function levelNow(tier: AlertTier, { burnRate }: WindowBurn): Level | "unknown" {
  if (burnRate === undefined) return "unknown";
  const fulfils = fulfilsCondition(tier, burnRate);
  return fulfils === isFloor(tier) ? "below" : "above";
}
