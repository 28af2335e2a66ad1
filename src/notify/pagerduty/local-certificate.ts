import { generate } from "selfsigned";

/** PEM texts. A process trusts the server when it starts with NODE_EXTRA_CA_CERTS naming a file that holds `ca`. */
export interface LocalCertificate {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/**
 * A certificate authority and a server certificate for localhost and 127.0.0.1, made anew each time and valid for a
 * day: pdjs speaks TLS only, so a local receiver needs one. The authority's key is thrown away.
 */
export async function createLocalCertificate(now: Date = new Date()): Promise<LocalCertificate> {
  const validity = {
    // An hour of grace for clocks that differ.
    notBeforeDate: new Date(now.getTime() - 3_600_000),
    notAfterDate: new Date(now.getTime() + 86_400_000),
    keyType: "ec",
    algorithm: "sha256",
  } as const;
  const authority = await generate([{ name: "commonName", value: "Noroshi local authority" }], {
    ...validity,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: "commonName", value: "localhost" }], {
    ...validity,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
          { type: 7, ip: "::1" },
        ],
      },
    ],
  });
  return { ca: authority.cert, cert: server.cert, key: server.private };
}
