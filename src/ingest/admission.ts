/** Why a request is not let in, in terms of the answer. */
export interface Refusal {
  readonly kind: "refused";
  /** 429: the senders are ahead of us · 503: the store is behind. */
  readonly status: 429 | 503;
  readonly retryAfterMs: number;
  readonly reason: string;
}

/** One admitted request's share of the bytes in flight. */
interface AdmissionTicket {
  /** Takes `bytes` more; false when they are not to be had, and nothing was taken. */
  grow(bytes: number): boolean;
  /** Gives everything back. Harmless when called again. */
  release(): void;
}

export interface Admission {
  /** Lets a request in that announces `declaredBytes` (0 when it does not say). */
  enter(declaredBytes: number): { readonly kind: "admitted"; readonly ticket: AdmissionTicket } | Refusal;
  /** What a request is told whose body outgrew the bytes that are left. */
  overloaded(): Refusal;
  readonly bytesInFlight: () => number;
}

export interface AdmissionOptions {
  /** Decompressed bytes of all requests between their first byte and their answer. */
  readonly maxBytesInFlight: number;
  /** Groups that wait for the one being committed. */
  readonly maxQueuedGroups: number;
  readonly queuedGroups: () => number;
}

export const DEFAULT_MAX_QUEUED_GROUPS = 4;

/** What a request costs besides its body. */
const BYTES_PER_REQUEST = 4_096;
const RETRY_AFTER_MS = 1_000;

/** Bounds the memory that requests may hold: what does not fit is refused before it is read. */
export function createAdmission(options: AdmissionOptions): Admission {
  let inFlight = 0;
  const overloaded = (): Refusal => ({
    kind: "refused",
    status: 429,
    retryAfterMs: RETRY_AFTER_MS,
    reason: `too much in flight: at most ${options.maxBytesInFlight} bytes of requests are handled at a time`,
  });
  const fits = (bytes: number) => inFlight + bytes <= options.maxBytesInFlight;
  return {
    enter(declaredBytes) {
      if (options.queuedGroups() >= options.maxQueuedGroups) {
        const reason = "the store is behind: too many groups of requests wait to be stored";
        return { kind: "refused", status: 503, retryAfterMs: RETRY_AFTER_MS, reason };
      }
      const reserved = Math.max(0, declaredBytes) + BYTES_PER_REQUEST;
      if (!fits(reserved)) return overloaded();
      inFlight += reserved;
      let charged = reserved;
      let used = BYTES_PER_REQUEST;
      const grow = (bytes: number) => {
        const more = used + bytes - charged;
        if (more > 0) {
          if (!fits(more)) return false;
          inFlight += more;
          charged += more;
        }
        used += bytes;
        return true;
      };
      const release = () => {
        inFlight -= charged;
        charged = 0;
      };
      return { kind: "admitted", ticket: { grow, release } };
    },
    overloaded,
    bytesInFlight: () => inFlight,
  };
}
