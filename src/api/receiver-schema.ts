import { z } from "@hono/zod-openapi";
import { RECEIVER_TYPES } from "../alert/notification.ts";

const moment = z.string().nullable().openapi({ format: "date-time" });

const receiverSchema = z
  .object({
    name: z.string(),
    type: z.enum(RECEIVER_TYPES),
    origin: z
      .enum(["noroshi.yaml", "environment", "none"])
      .openapi({ description: "none: no longer set up, yet notifications are for it" }),
    to: z
      .string()
      .nullable()
      .openapi({ description: "Channel, addresses, or scheme and host; null where it is a secret" }),
    fallback: z.string().nullable().openapi({ description: "Told instead where this one cannot be" }),
    pending: z.number().int().openapi({ description: "Notifications still to be delivered" }),
    setAside: z.number().int().openapi({ description: "Notifications that it refused for good" }),
    lastDeliveredAt: moment,
    lastError: z
      .object({ at: z.string().openapi({ format: "date-time" }), detail: z.string() })
      .nullable()
      .openapi({ description: "The last attempt that failed, whatever came of it later" }),
  })
  .openapi("Receiver");

export const receiverListSchema = z.object({ receivers: z.array(receiverSchema) }).openapi("ReceiverList");

export const receiverTestSchema = z
  .object({
    receiver: z.string(),
    type: z.enum(RECEIVER_TYPES),
    ok: z.boolean().openapi({ description: "Everything arrived" }),
    steps: z
      .array(
        z.object({
          action: z.enum(["trigger", "resolve"]),
          outcome: z.enum(["delivered", "retry", "rejected"]),
          detail: z.string().openapi({ description: "What the receiver said" }),
          durationMs: z.number(),
        }),
      )
      .openapi({ description: "The marked alert, and its end; only the first where it was not taken" }),
  })
  .openapi("ReceiverTest");

export type ReceiverBody = z.output<typeof receiverSchema>;
export type ReceiverTestBody = z.output<typeof receiverTestSchema>;
