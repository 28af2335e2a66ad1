import { get, post } from "./blueprint.ts";
import type { ServiceBlueprint } from "./blueprint.ts";

const HOME = ["eu-central-1"];

/** The way in from browsers, apps and merchants' servers: every trace begins here. */
const webGateway: ServiceBlueprint = {
  name: "web-gateway",
  version: "5.8.2",
  regions: HOME,
  endpoints: [
    post("/api/checkout", async (work) => {
      await work.spend(2);
      await work.database({
        system: "redis",
        namespace: "sessions",
        operation: "GET",
        collection: "session",
        medianMs: 0.8,
      });
      return work.call("checkout", "POST /v1/orders/{orderId}/checkout");
    }),
    get("/api/payments/{paymentId}", async (work) => {
      await work.spend(1.5);
      return work.call("payment", "GET /v1/payments/{paymentId}");
    }),
    post("/api/payments/{paymentId}/refunds", async (work) => {
      await work.spend(1.5);
      return work.call("payment", "POST /v1/payments/{paymentId}/refunds");
    }),
    get("/api/wallet", async (work) => {
      await work.spend(1.5);
      return work.call("wallet", "GET /v1/wallets/{walletId}");
    }),
    post("/api/wallet/top-ups", async (work) => {
      await work.spend(2);
      return work.call("wallet", "POST /v1/wallets/{walletId}/top-ups");
    }),
    post("/api/payouts", async (work) => {
      await work.spend(2);
      return work.call("payout", "POST /v1/payouts");
    }),
  ],
};

const checkout: ServiceBlueprint = {
  name: "checkout",
  version: "3.1.7",
  regions: HOME,
  endpoints: [
    post("/v1/orders/{orderId}/checkout", async (work) => {
      await work.spend(3);
      await work.database({
        system: "postgresql",
        namespace: "orders",
        operation: "SELECT",
        collection: "orders",
        medianMs: 3,
      });
      // A cart that has expired is the customer's trouble, not the service's: 409 is no error of checkout.
      if (work.random() < 0.015) return 409;
      await work.together(
        (work) => work.call("merchant", "GET /v1/merchants/{merchantId}"),
        async (work) => {
          if (work.random() < 0.3) await work.call("fx-rates", "GET /v1/rates/{pair}");
        },
      );
      const status = await work.call("payment", "POST /v1/payments");
      if (status >= 400) return status;
      await work.database({
        system: "postgresql",
        namespace: "orders",
        operation: "UPDATE",
        collection: "orders",
        medianMs: 4,
      });
      return 201;
    }),
  ],
};

const merchant: ServiceBlueprint = {
  name: "merchant",
  version: "1.19.0",
  regions: HOME,
  endpoints: [
    get("/v1/merchants/{merchantId}", async (work) => {
      await work.database({
        system: "redis",
        namespace: "merchants",
        operation: "GET",
        collection: "profile",
        medianMs: 0.7,
      });
      if (work.random() < 0.2) {
        await work.database({
          system: "postgresql",
          namespace: "merchants",
          operation: "SELECT",
          collection: "merchants",
          medianMs: 3,
        });
      }
      return 200;
    }),
  ],
};

const fxRates: ServiceBlueprint = {
  name: "fx-rates",
  version: "0.42.3",
  regions: HOME,
  endpoints: [
    get("/v1/rates/{pair}", async (work) => {
      await work.database({
        system: "redis",
        namespace: "rates",
        operation: "GET",
        collection: "rate",
        medianMs: 0.6,
      });
      if (work.random() < 0.1) {
        await work.outside({
          kind: "http",
          host: "api.rates.example",
          operation: "GET /latest",
          medianMs: 35,
        });
      }
      return 200;
    }),
  ],
};

/** Takes what others publish, and tells customers and merchants. */
const notification: ServiceBlueprint = {
  name: "notification",
  version: "2.0.4",
  regions: HOME,
  endpoints: [],
  consumers: ["payment-events", "payout-events"].map((topic) => ({
    topic,
    handle: async (work) => {
      await work.spend(2);
      await work.outside({ kind: "http", host: "push.example", operation: "POST /v3/send", medianMs: 30 });
    },
  })),
};

export const FRONT_SERVICES: readonly ServiceBlueprint[] = [
  webGateway,
  checkout,
  merchant,
  fxRates,
  notification,
];
