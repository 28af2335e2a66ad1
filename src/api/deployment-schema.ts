import { z } from "@hono/zod-openapi";
import { storable, time } from "./route-parts.ts";

const dateTime = z.string().openapi({ format: "date-time" });
const text = (most: number) => storable.max(most);
const word = z.string().regex(/^[a-z][a-z0-9-]{0,49}$/, "is not a word of lower-case letters, digits and -");

/** A change that was told of, as others show it too. */
export const deploymentFields = {
  id: z.string(),
  service: z.string(),
  version: z.string().nullable(),
  at: dateTime.openapi({ description: "When it took effect" }),
  kind: z.string().openapi({ example: "feature-flag" }),
  description: z.string(),
  url: z.string().nullable(),
};

export const deploymentSchema = z
  .object({ ...deploymentFields, createdBy: z.string(), createdAt: dateTime })
  .openapi("Deployment");
export type DeploymentBody = z.infer<typeof deploymentSchema>;

export const deploymentListSchema = z
  .object({ deployments: z.array(deploymentSchema), nextCursor: z.string().nullable() })
  .openapi("DeploymentList");

export const newDeploymentSchema = z
  .strictObject({
    service: text(300).min(1),
    version: text(300).min(1).optional(),
    at: time.optional().openapi({ description: "Now unless given" }),
    kind: word.default("deployment").openapi({
      description: "deployment, config, feature-flag, or a word of your own",
    }),
    description: text(1_000).default(""),
    url: text(2_000)
      .regex(/^https?:\/\//, "is neither an http nor an https URL")
      .optional(),
  })
  .openapi("NewDeployment");
export type NewDeployment = z.output<typeof newDeploymentSchema>;

export const deploymentKind = word;
