import { choiceOf, type Receiver } from "../alert/receiver.ts";
import type { NativeArea } from "../api/native-routes.ts";
import { receiverRoutes } from "../api/receiver-routes.ts";
import type { ReceiverBody, ReceiverTestBody } from "../api/receiver-schema.ts";
import type { Config } from "../config.ts";
import { testReceiver } from "../notify/test-receiver.ts";
import { shownWebhookAddress } from "../notify/webhook/webhook-address.ts";
import type { ReceiverType } from "../alert/notification.ts";
import type { Log } from "../self/log.ts";
import { recordAudit } from "../store/postgres/audit-store.ts";
import type { Database } from "../store/postgres/database.ts";
import { newUuid } from "../store/postgres/new-uuid.ts";
import { readReceiverStatus, type ReceiverStatus } from "../store/postgres/receiver-status.ts";
import { wireSenders } from "./senders.ts";
import { routingOf } from "./telling.ts";

type TestConfig = Pick<Config, "receivers" | "pagerduty" | "slack" | "email" | "file">;

/** The API of receivers. */
export function wireReceiversApi(parts: {
  readonly config: TestConfig;
  readonly log: Log;
  readonly db: Database;
}): NativeArea {
  const { config, log, db } = parts;
  const underWay = new Set<string>();
  return receiverRoutes({
    list: async () => {
      const statuses = await readReceiverStatus(db);
      const byName = new Map(statuses.map((status) => [status.receiver, status]));
      const known = routingOf(config).receivers;
      const gone = statuses.filter(({ receiver }) => !known.some(({ name }) => name === receiver));
      return [
        ...known.map((receiver) => receiverBody(receiver, config, byName.get(receiver.name))),
        ...gone.map(goneBody),
      ];
    },
    test: async (name, { actor, origin }) => {
      const receiver = routingOf(config).receivers.find((candidate) => candidate.name === name);
      if (receiver === undefined) return "unknown";
      if (underWay.has(name)) return "under-way";
      underWay.add(name);
      try {
        const publicUrl = config.file.publicUrl ?? origin;
        // Before it is sent: nothing goes out that is not in the log.
        await recordAudit(db, {
          actor,
          action: "receiver.test",
          subject: name,
          detail: { type: receiver.type },
        });
        const result = await tryReceiver(receiver, { config, log, publicUrl, by: actor });
        const { ok, steps } = result;
        const answered = { actor, action: "receiver.test.answer", subject: name, detail: { ok, steps } };
        await recordAudit(db, answered).catch((error: unknown) =>
          log.warn("what a tested receiver answered is not in the audit log", { receiver: name, error }),
        );
        return result;
      } finally {
        underWay.delete(name);
      }
    },
  });
}

/** Sends a marked alert and its end to one receiver, with senders of its own. */
export async function tryReceiver(
  receiver: Receiver,
  {
    config,
    log,
    publicUrl,
    by,
  }: { readonly config: TestConfig; readonly log: Log; readonly publicUrl: string; readonly by: string },
): Promise<ReceiverTestBody> {
  const wired = wireSenders(config, { log, publicUrl });
  try {
    const choice = choiceOf(receiver);
    const send = wired.senders[receiver.type]!;
    const { ok, steps } = await testReceiver(choice, { send, by, now: Date.now, newId: newUuid });
    return { receiver: receiver.name, type: receiver.type, ok, steps: [...steps] };
  } finally {
    await wired.close();
  }
}

function receiverBody(
  receiver: Receiver,
  config: TestConfig,
  status: ReceiverStatus | undefined,
): ReceiverBody {
  return {
    name: receiver.name,
    type: receiver.type,
    origin: config.receivers.includes(receiver) ? "noroshi.yaml" : "environment",
    to: shownAddress(receiver),
    fallback: receiver.fallback ?? null,
    ...statusBody(status),
  };
}

/** A secret, or what may hold one, is not shown. */
function shownAddress(receiver: Receiver): string | null {
  switch (receiver.type) {
    case "slack":
      return receiver.channel;
    case "webhook":
      return shownWebhookAddress(receiver.url);
    case "email":
      return receiver.to.join(", ");
    case "pagerduty":
    case "log":
      return null;
  }
}

function goneBody(status: ReceiverStatus): ReceiverBody {
  const { receiver, receiverType } = status;
  const type = receiverType as ReceiverType;
  return { name: receiver, type, origin: "none", to: null, fallback: null, ...statusBody(status) };
}

function statusBody(status: ReceiverStatus | undefined) {
  const { pending = 0, setAside = 0, lastDeliveredAt = null, lastError = null } = status ?? {};
  return {
    pending,
    setAside,
    lastDeliveredAt: lastDeliveredAt?.toISOString() ?? null,
    lastError: lastError && { at: lastError.at.toISOString(), detail: lastError.detail },
  };
}
