import { nearestName } from "../model/nearest-name.ts";

const MOST_SHOWN = 20;

/** What to do where nothing is known of a service: which are known, or how to send the first telemetry. */
export function nothingSent(
  service: string,
  services: readonly string[],
  options: { readonly server: string; readonly since: string },
): string {
  const shown = (name: string): string => name.replaceAll(/\p{Cc}/gu, " ");
  if (services.length > 0) {
    const part = service.toLowerCase();
    const near =
      nearestName(service, services) ?? services.find((candidate) => candidate.toLowerCase().includes(part));
    const guess = near === undefined ? "" : `: did you mean "${shown(near)}"?`;
    const more = services.length > MOST_SHOWN ? `, and ${services.length - MOST_SHOWN} more` : "";
    return [
      `no telemetry of "${shown(service)}" came in the last ${options.since}${guess}`,
      `services that were seen: ${services.slice(0, MOST_SHOWN).map(shown).join(", ")}${more}`,
    ].join("\n");
  }
  const name = /^[\w.-]+$/.test(service) ? service : "my-service";
  return `no telemetry at all came in the last ${options.since}. Any OpenTelemetry SDK sends it; of a service in Node.js:

  npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node
  export OTEL_SERVICE_NAME=${name}
  export OTEL_EXPORTER_OTLP_ENDPOINT=${options.server.replace(/\/+$/, "")}
  node --require @opentelemetry/auto-instrumentations-node/register app.js

Where the server has API keys, also
  export OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer <a key with the scope ingest>"

Then call the service a few times, and run this command again.`;
}
