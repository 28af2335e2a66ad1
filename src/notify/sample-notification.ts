import { SAMPLE_FACTS, sampleEpisode } from "../alert/sample-episode.ts";
import type { ClaimedNotification } from "../alert/notification.ts";

/** A first attempt to page, for tests and previews, with what is wanted otherwise. */
export function sampleNotification(changes: Partial<ClaimedNotification> = {}): ClaimedNotification {
  const episode = sampleEpisode();
  return {
    id: "019770a1-0000-7000-8000-0000000000ff",
    episodeId: episode.id,
    receiverType: "pagerduty",
    receiver: "pagerduty",
    address: "0123456789abcdef0123456789ABCDEF",
    action: "trigger",
    attempt: 1,
    maybeSent: false,
    reference: null,
    sloName: episode.sloName,
    alertKey: episode.alertKey,
    severity: episode.severity,
    facts: SAMPLE_FACTS,
    at: episode.startedAt,
    startedAt: episode.startedAt,
    firedAt: episode.startedAt,
    resolution: null,
    createdAt: episode.startedAt,
    bundleId: null,
    ...changes,
  };
}
