/** What is scraped, and how; names are resolved and defaults filled in. */
export interface ScrapeConfig {
  readonly jobs: readonly ScrapeJob[];
}

export interface ScrapeJob {
  /** Unique; the label `job` of its series. */
  readonly name: string;
  /** Whole URLs, without name and password. */
  readonly targets: readonly string[];
  readonly intervalMs: number;
  /** For connecting, waiting and reading together; not above the interval. */
  readonly timeoutMs: number;
  /** Added to every series of the job. */
  readonly labels: Readonly<Record<string, string>>;
  /** Of labels that both sides set, the target's count; otherwise its label is renamed to `exported_<name>`. */
  readonly honorLabels: boolean;
  /** A scrape with more samples fails; undefined: no limit. */
  readonly sampleLimit: number | undefined;
  /** Bytes after decompression; a longer answer fails. */
  readonly bodyLimitBytes: number;
  /** Read at each scrape, so that tokens may be renewed. */
  readonly bearerTokenFile: string | undefined;
  readonly basicAuth: { readonly username: string; readonly passwordFile: string } | undefined;
  readonly tls: ScrapeTls;
}

/** PEM files are read at each new connection. */
export interface ScrapeTls {
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** Checked against the certificate instead of the host. */
  readonly serverName?: string | undefined;
  readonly insecureSkipVerify?: boolean | undefined;
}
