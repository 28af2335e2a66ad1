import { get, post } from "./blueprint.ts";
import type { ServiceBlueprint } from "./blueprint.ts";

const HOME = ["eu-central-1"];
const TWO_REGIONS = ["eu-central-1", "eu-west-1"];

/** Double-entry bookkeeping: whatever moves money writes here. */
const ledger: ServiceBlueprint = {
  name: "ledger",
  version: "6.2.0",
  regions: TWO_REGIONS,
  endpoints: [
    post("/v1/entries", async (work) => {
      await work.spend(1.5);
      await work.database({
        system: "postgresql",
        namespace: "ledger",
        operation: "INSERT",
        collection: "entries",
        medianMs: 6,
      });
      return 201;
    }),
    get("/v1/balances/{accountId}", async (work) => {
      await work.database({
        system: "postgresql",
        namespace: "ledger",
        operation: "SELECT",
        collection: "balances",
        medianMs: 3,
      });
      return 200;
    }),
  ],
};

const wallet: ServiceBlueprint = {
  name: "wallet",
  version: "1.8.5",
  regions: HOME,
  endpoints: [
    get("/v1/wallets/{walletId}", async (work) => {
      await work.spend(1);
      return work.call("ledger", "GET /v1/balances/{accountId}");
    }),
    post("/v1/wallets/{walletId}/top-ups", async (work) => {
      await work.spend(2);
      const status = await work.call("card-processor", "POST /v1/authorizations");
      if (status === 402) return 402;
      await work.call("ledger", "POST /v1/entries");
      return 201;
    }),
  ],
};

const payout: ServiceBlueprint = {
  name: "payout",
  version: "2.11.0",
  regions: HOME,
  endpoints: [
    post("/v1/payouts", async (work) => {
      await work.spend(2);
      const status = await work.call("kyc", "GET /v1/checks/{subjectId}");
      if (status === 403) return 403;
      await work.call("ledger", "POST /v1/entries");
      await work.outside({
        kind: "http",
        host: "sepa.bank.example",
        operation: "POST /transfers",
        medianMs: 60,
      });
      await work.publish("payout-events", "notification");
      return 202;
    }),
  ],
};

const kyc: ServiceBlueprint = {
  name: "kyc",
  version: "1.5.2",
  regions: HOME,
  endpoints: [
    get("/v1/checks/{subjectId}", async (work) => {
      await work.database({
        system: "postgresql",
        namespace: "kyc",
        operation: "SELECT",
        collection: "checks",
        medianMs: 3,
      });
      return work.random() < 0.02 ? 403 : 200;
    }),
  ],
};

export const MONEY_SERVICES: readonly ServiceBlueprint[] = [ledger, wallet, payout, kyc];
