import type { Fault } from "./company/fault.ts";

/** A piece of trouble and what it is expected to do to the budgets. */
export interface Scenario {
  readonly name: string;
  /** One line for `--list`. */
  readonly summary: string;
  /** What happens, told at the moment of injection. */
  readonly trouble: string;
  /** How it ends. */
  readonly relief: string;
  /** The SLO that the story follows; its alerts have to reach both PagerDuty and Slack. */
  readonly sloName: string;
  readonly faults: readonly Fault[];
  /** Rolled out with the faults and rolled back after them. */
  readonly deployment?: { readonly service: string; readonly version: string };
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "card-outage",
    summary: "the card processor answers 5xx to a third of its calls, and payments fail",
    trouble:
      "The acquirer stops answering. card-processor gives up with a 503 on a third of the authorisations, " +
      "and payment and checkout, which need it, fail too.",
    relief: "The acquirer is back; card-processor authorises again.",
    sloName: "payment-availability",
    faults: [
      {
        service: "card-processor",
        endpoint: "POST /v1/authorizations",
        share: 0.33,
        effect: {
          kind: "fail",
          status: 503,
          errorType: "AcquirerTimeout",
          message: "acquirer.example did not answer within 2000 ms",
        },
      },
    ],
  },
  {
    name: "slow-ledger",
    summary: "the ledger becomes slow; nothing fails, but a latency budget burns",
    trouble:
      "Somebody starts a report on the ledger's primary database. Two of three requests to the ledger now take " +
      "600 ms longer. Nothing fails: no error rate would notice.",
    relief: "The report is stopped; the ledger is fast again.",
    sloName: "ledger-latency",
    faults: [{ service: "ledger", share: 0.66, effect: { kind: "slow", addMs: 600 } }],
  },
  {
    name: "bad-version",
    summary: "payment 2.4.1 is rolled out to half of the instances and breaks refunds",
    trouble:
      "payment 2.4.1 is rolled out to one of two instances. Payments work, refunds do not: on the new version " +
      "every one of them ends in a null reference.",
    relief: "payment is rolled back to 2.4.0.",
    sloName: "payment-refunds",
    deployment: { service: "payment", version: "2.4.1" },
    faults: [
      {
        service: "payment",
        endpoint: "POST /v1/payments/{paymentId}/refunds",
        version: "2.4.1",
        share: 1,
        effect: {
          kind: "fail",
          status: 500,
          errorType: "TypeError",
          message: "Cannot read properties of undefined (reading 'refundPolicy')",
        },
      },
    ],
  },
  {
    name: "regional",
    summary: "the ledger loses its database in one region; writes fail there alone",
    trouble:
      "In eu-west-1 the ledger loses its primary database and refuses writes. eu-central-1 is well, so everything " +
      "that moves money fails every other time.",
    relief: "A replica in eu-west-1 is promoted; writes work again.",
    sloName: "ledger-writes",
    faults: [
      {
        service: "ledger",
        endpoint: "POST /v1/entries",
        region: "eu-west-1",
        share: 0.9,
        effect: {
          kind: "fail",
          status: 503,
          errorType: "NoPrimary",
          message: "no primary for ledger in eu-west-1",
        },
      },
    ],
  },
];

export const DEFAULT_SCENARIO = "card-outage";

/** The scenario of that name, if there is one. */
export function findScenario(name: string): Scenario | undefined {
  return SCENARIOS.find((scenario) => scenario.name === name);
}
