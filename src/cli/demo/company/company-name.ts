/** The pretended company; also the namespace of its services. */
export const COMPANY_NAME = "Kawa Pay";
export const SERVICE_NAMESPACE = "kawa-pay";

/** The name under which another service of the company is reached, as it stands in span attributes. */
export function internalHost(service: string): string {
  return `${service}.${SERVICE_NAMESPACE}.internal`;
}
