/** How e-mails leave. Holds a password: never log or show it. */
export interface EmailSettings {
  /** An address, or a name and an address. */
  readonly from: string;
  readonly host: string;
  readonly port: number;
  /** tls: from the first byte · starttls: before anything is said · none: in the clear. */
  readonly security: "tls" | "starttls" | "none";
  readonly login: { readonly user: string; readonly password: string } | undefined;
}
