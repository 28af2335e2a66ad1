import { get, post } from "./blueprint.ts";
import type { ServiceBlueprint } from "./blueprint.ts";

const HOME = ["eu-central-1"];
const TWO_REGIONS = ["eu-central-1", "eu-west-1"];

const payment: ServiceBlueprint = {
  name: "payment",
  version: "2.4.0",
  regions: TWO_REGIONS,
  endpoints: [
    post("/v1/payments", async (work) => {
      await work.spend(3);
      await work.database({
        system: "postgresql",
        namespace: "payments",
        operation: "INSERT",
        collection: "payments",
        medianMs: 4,
      });
      await work.call("fraud-check", "POST /v1/assessments");
      const status = await work.call("card-processor", "POST /v1/authorizations");
      // The bank said no: the customer hears it, the service did its work.
      if (status === 402) return 402;
      await work.call("ledger", "POST /v1/entries");
      await work.publish("payment-events", "notification");
      return 201;
    }),
    get("/v1/payments/{paymentId}", async (work) => {
      await work.spend(1);
      await work.database({
        system: "postgresql",
        namespace: "payments",
        operation: "SELECT",
        collection: "payments",
        medianMs: 2.5,
      });
      return work.random() < 0.02 ? 404 : 200;
    }),
    post("/v1/payments/{paymentId}/refunds", async (work) => {
      await work.spend(2);
      await work.database({
        system: "postgresql",
        namespace: "payments",
        operation: "SELECT",
        collection: "payments",
        medianMs: 2.5,
      });
      if (work.random() < 0.03) return 422;
      await work.call("card-processor", "POST /v1/refunds");
      await work.call("ledger", "POST /v1/entries");
      await work.publish("payment-events", "notification");
      return 202;
    }),
  ],
};

const cardProcessor: ServiceBlueprint = {
  name: "card-processor",
  version: "7.3.1",
  regions: TWO_REGIONS,
  endpoints: [
    post("/v1/authorizations", async (work) => {
      await work.spend(2);
      await work.outside({
        kind: "http",
        host: "acquirer.example",
        operation: "POST /authorize",
        medianMs: 45,
      });
      return work.random() < 0.03 ? 402 : 200;
    }),
    post("/v1/refunds", async (work) => {
      await work.spend(2);
      await work.outside({ kind: "http", host: "acquirer.example", operation: "POST /refund", medianMs: 40 });
      return 200;
    }),
  ],
};

const fraudCheck: ServiceBlueprint = {
  name: "fraud-check",
  version: "4.0.9",
  regions: HOME,
  endpoints: [
    post("/v1/assessments", async (work) => {
      await work.spend(1.5);
      await work.together(
        (work) =>
          work.database({
            system: "redis",
            namespace: "risk",
            operation: "HGETALL",
            collection: "features",
            medianMs: 1,
          }),
        (work) =>
          work.database({
            system: "cassandra",
            namespace: "history",
            operation: "SELECT",
            collection: "purchases",
            medianMs: 4,
          }),
      );
      await work.outside({
        kind: "grpc",
        host: "risk-model.kawa-pay.internal",
        operation: "kawa.risk.Model/Score",
        medianMs: 12,
      });
      return 200;
    }),
  ],
};

export const PAYMENT_SERVICES: readonly ServiceBlueprint[] = [payment, cardProcessor, fraudCheck];
