/** How Sloth spells its fields: in its own files, and in Kubernetes resources. */
export interface SlothSpelling {
  readonly plugins: string;
  readonly errorQuery: string;
  readonly totalQuery: string;
  readonly errorRatioQuery: string;
  readonly pageAlert: string;
  readonly ticketAlert: string;
}

export const FILE_SPELLING: SlothSpelling = {
  plugins: "slo_plugins",
  errorQuery: "error_query",
  totalQuery: "total_query",
  errorRatioQuery: "error_ratio_query",
  pageAlert: "page_alert",
  ticketAlert: "ticket_alert",
};

export const RESOURCE_SPELLING: SlothSpelling = {
  plugins: "sloPlugins",
  errorQuery: "errorQuery",
  totalQuery: "totalQuery",
  errorRatioQuery: "errorRatioQuery",
  pageAlert: "pageAlert",
  ticketAlert: "ticketAlert",
};
