import { eq, sql } from "drizzle-orm";
import type { NotificationContext } from "../../alert/notification-context.ts";
import type { Database } from "./database.ts";
import { notifications } from "./schema.ts";

/**
 * Keeps what was found for a notification, unless something was kept before; gives what is kept now. Undefined where there
 * is no such notification.
 */
export async function keepNotificationContext(
  db: Database,
  notificationId: string,
  context: NotificationContext,
): Promise<NotificationContext | undefined> {
  const [row] = await db
    .update(notifications)
    .set({
      context: sql`coalesce(${notifications.context}, ${JSON.stringify(context)}::jsonb)`,
    })
    .where(eq(notifications.id, notificationId))
    .returning({ context: notifications.context });
  return row?.context ?? undefined;
}
