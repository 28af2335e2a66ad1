import type { Lane } from "./lane.ts";

/** The receivers and routes of all lanes, as noroshi.yaml. An SLO belongs to the lane that owns it. */
export function laneConfig(lanes: readonly Lane[]): string {
  const receivers = lanes.flatMap((lane) => {
    const { name, options } = lane;
    const { keyVariable, channel } = lane.replacedBy ?? lane;
    return [
      `  - name: ${name}-pager`,
      `    pagerduty: {routingKeyEnv: ${keyVariable}}`,
      ...(options.fallback === "chat for pager" ? [`    fallback: ${name}-chat`] : []),
      `  - name: ${name}-chat`,
      `    slack: {channel: ${channel}}`,
      ...(options.fallback === "pager for chat" ? [`    fallback: ${name}-pager`] : []),
    ];
  });
  const routes = lanes.map(({ name, options }) => {
    const told = (options.receivers ?? ["pager", "chat"]).map((one) => `${name}-${one}`).join(", ");
    const more = options.route === undefined ? "" : `, ${options.route}`;
    return `  - {match: {owner: ${name}}, receivers: [${told}]${more}}`;
  });
  return ["receivers:", ...receivers, "routes:", ...routes, "self: {alerts: false}", ""].join("\n");
}
