import { expect, it } from "vitest";
import { HOUR_MS } from "../model/time.ts";
import { sampleNotification } from "../notify/sample-notification.ts";
import type { Deployment, DeploymentFilter } from "../store/postgres/deployment-store.ts";
import { withToldVersions } from "./told-versions.ts";

const notification = sampleNotification();
const { startedAt } = notification;
const { service } = notification.facts;
const signal = new AbortController().signal;

const deployment = (version: string | null, at: number): Deployment => ({
  id: `d${at}`,
  service,
  version,
  at,
  kind: "deployment",
  description: "",
  url: null,
});

it("tells of deployments that spans do not show, once each, the latest first", async () => {
  const asked: DeploymentFilter[] = [];
  const seen = [{ service, version: "2", firstSeenMs: startedAt - 5_000 }];
  const ports = withToldVersions(
    {
      whatChanged: () => Promise.resolve(seen),
      topContributors: () => Promise.resolve([]),
      keep: () => Promise.resolve(undefined),
    },
    (filter) => {
      asked.push(filter);
      return Promise.resolve([
        deployment("3", startedAt - 1_000),
        deployment("2", startedAt - 6_000),
        deployment(null, startedAt - 7_000),
      ]);
    },
  );
  expect((await ports.whatChanged(notification, signal)).map(({ version }) => version)).toEqual(["3", "2"]);
  expect(asked).toMatchObject([{ service, kind: "deployment", startMs: startedAt - HOUR_MS, limit: 3 }]);
  const nameless = { ...notification, facts: { ...notification.facts, service: "" } };
  expect(await ports.whatChanged(nameless, signal)).toEqual(seen);
  expect(asked).toHaveLength(1);
});
