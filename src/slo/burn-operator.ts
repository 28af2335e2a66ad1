import type { AlertTier, BurnOperator } from "./slo.ts";

type Condition = Pick<AlertTier, "operator" | "burnThreshold">;

/** Whether a burn is one that the tier is about. */
export function fulfilsCondition({ operator, burnThreshold }: Condition, burnRate: number): boolean {
  switch (operator) {
    case "gt":
      return burnRate > burnThreshold;
    case "gte":
      return burnRate >= burnThreshold;
    case "lt":
      return burnRate < burnThreshold;
    case "lte":
      return burnRate <= burnThreshold;
  }
}

/** True of a tier that alerts while the burn is low: its threshold is a floor. */
export function isFloor({ operator }: Pick<AlertTier, "operator">): boolean {
  return operator === "lt" || operator === "lte";
}

/** As PromQL compares. */
export const BURN_SIGNS: Readonly<Record<BurnOperator, string>> = { gt: ">", gte: ">=", lt: "<", lte: "<=" };
