import { and, desc, eq, gte, lt, or } from "drizzle-orm";
import { recordAudit } from "./audit-store.ts";
import type { Database } from "./database.ts";
import { deployments } from "./schema.ts";

/** A change of a service that somebody told of: a deployment, another configuration, a feature flag … */
export interface Deployment {
  readonly id: string;
  readonly service: string;
  readonly version: string | null;
  /** When it took effect, epoch milliseconds. */
  readonly at: number;
  readonly kind: string;
  readonly description: string;
  readonly url: string | null;
}

export interface DeploymentRecord extends Deployment {
  readonly createdBy: string;
  readonly createdAt: Date;
}

export interface DeploymentFilter {
  readonly service?: string | undefined;
  readonly kind?: string | undefined;
  /** Those of [startMs, endMs). */
  readonly startMs?: number | undefined;
  readonly endMs?: number | undefined;
  readonly limit: number;
  /** The last one of the page before. */
  readonly after?: { readonly at: number; readonly id: string } | undefined;
}

/** Stores it, with who did. */
export async function createDeployment(
  db: Database,
  deployment: Deployment,
  actor: string,
): Promise<DeploymentRecord> {
  return db.transaction(async (tx) => {
    const [row] = await tx
      .insert(deployments)
      .values({ ...deployment, createdBy: actor })
      .returning();
    const { id, ...detail } = deployment;
    await recordAudit(tx, { actor, action: "deployment.create", subject: id, detail });
    return row!;
  });
}

/** Newest first. */
export async function listDeployments(
  db: Database,
  { service, kind, startMs, endMs, limit, after }: DeploymentFilter,
): Promise<readonly DeploymentRecord[]> {
  return db
    .select()
    .from(deployments)
    .where(
      and(
        service === undefined ? undefined : eq(deployments.service, service),
        kind === undefined ? undefined : eq(deployments.kind, kind),
        startMs === undefined ? undefined : gte(deployments.at, startMs),
        endMs === undefined ? undefined : lt(deployments.at, endMs),
        after &&
          or(lt(deployments.at, after.at), and(eq(deployments.at, after.at), lt(deployments.id, after.id))),
      ),
    )
    .orderBy(desc(deployments.at), desc(deployments.id))
    .limit(limit);
}
