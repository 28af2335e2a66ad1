import { startFakeServer } from "../fake-server.ts";
import type { FakeAnswer, FakeRequest, FakeServer, Fault, FaultRule } from "../fake-server.ts";
import { isRecord } from "../pagerduty/validate-event.ts";
import { readParams } from "./read-call.ts";
import { refuseSlackMessage } from "./validate-message.ts";

/** One message as it stands now. */
export interface FakeMessage {
  readonly channel: string;
  readonly ts: string;
  /** The message that it answers in a thread; null at the top level. */
  readonly threadTs: string | null;
  readonly text: string;
  readonly blocks: readonly unknown[];
  readonly attachments: readonly unknown[];
  readonly metadata: {
    readonly event_type: string;
    readonly event_payload: Readonly<Record<string, unknown>>;
  } | null;
  readonly postedAtMs: number;
  /** Times it was changed in place. */
  readonly edits: number;
  readonly deleted: boolean;
}

/** One API call that arrived. `error` is Slack's error code, null when it went well or a fault ate it. */
interface FakeCall {
  readonly atMs: number;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly fault: Fault | null;
  error: string | null;
}

export interface FakeSlack extends FakeServer {
  /** As SLACK_API_URL takes it. */
  readonly apiUrl: string;
  /** Oldest first. */
  readonly calls: readonly FakeCall[];
  /** Every message posted, thread replies included, oldest first. */
  messages(): readonly FakeMessage[];
  deleteMessage(channel: string, ts: string): void;
  /** What users were told alone, through the address that came with an interaction. */
  readonly responses: readonly { readonly path: string; readonly body: Params }[];
  /** From now on every call but auth.test answers with this error code; undefined heals. */
  failWith(error: string | undefined): void;
}

interface FakeChannel {
  readonly id: string;
  readonly name: string;
  readonly archived?: boolean;
  /** The bot is not in it. */
  readonly closed?: boolean;
}

export interface FakeSlackOptions {
  readonly port?: number;
  /** The bot token that it accepts; any when left out. */
  readonly token?: string;
  /** Channels that exist; a call may name them by id or by `#name`. One, `C0ALERTS`, when left out. */
  readonly channels?: readonly FakeChannel[];
  /** Told of every message that is posted or changed. */
  readonly onMessage?: (message: FakeMessage, change: "posted" | "updated") => void;
  /** Most posts to one channel within a second; more get 429 with Retry-After. No limit when left out. */
  readonly postsPerSecond?: number;
  readonly fault?: Fault | FaultRule;
  /** Where Socket Mode connects to; see fake-socket-mode.ts. */
  readonly socketUrl?: () => string;
  /** Further methods; see fake-slack-files.ts. */
  readonly methods?: Readonly<Record<string, (params: Params) => Result>>;
  readonly now?: () => number;
}

type MutableMessage = { -readonly [key in keyof FakeMessage]: FakeMessage[key] };
type Params = Readonly<Record<string, unknown>>;
type Result = Readonly<Record<string, unknown>> & { readonly ok: boolean };

const DEFAULT_CHANNELS: readonly FakeChannel[] = [{ id: "C0ALERTS", name: "alerts" }];

/** A receiver that speaks the part of Slack's Web API that alerts need and keeps a ledger. For tests and the demo. */
export async function startFakeSlack(options: FakeSlackOptions = {}): Promise<FakeSlack> {
  const calls: FakeCall[] = [];
  const messages: MutableMessage[] = [];
  let refusal: string | undefined;
  const callOf = new WeakMap<FakeRequest, FakeCall>();
  const api = createApi(messages, options);
  const responses: { path: string; body: Params }[] = [];
  const handle = (request: FakeRequest): FakeAnswer => {
    if (request.path.startsWith("/actions/")) {
      responses.push({ path: request.path, body: readParams(request) });
      return { status: 200, body: "ok" };
    }
    const call = callOf.get(request);
    const result = callApi(request, call, refusal, options.token, api);
    if (call !== undefined && !("status" in result)) {
      call.error = result.ok ? null : String(result["error"]);
    }
    return "status" in result ? (result as FakeAnswer) : { status: 200, body: JSON.stringify(result) };
  };
  const server = await startFakeServer({
    port: options.port,
    handle,
    onRequest: (request, fault) => {
      const method = request.path.replace(/^\/(api\/)?/, "");
      const params = readParams(request);
      const call: FakeCall = { atMs: request.atMs, method, params, fault: fault ?? null, error: null };
      callOf.set(request, call);
      calls.push(call);
    },
    ...(options.now === undefined ? {} : { now: options.now }),
  });
  server.setFault(options.fault);
  return {
    ...server,
    apiUrl: `http://127.0.0.1:${server.port}/api/`,
    calls,
    responses,
    messages: () => messages.map((message) => ({ ...message })),
    deleteMessage: (channel, ts) => {
      for (const message of messages.filter((message) => message.channel === channel && message.ts === ts)) {
        message.deleted = true;
      }
    },
    failWith: (error) => {
      refusal = error;
    },
  };
}

type Api = Readonly<Record<string, (params: Params, atMs: number) => Result | FakeAnswer>>;

function callApi(
  request: FakeRequest,
  call: FakeCall | undefined,
  refusal: string | undefined,
  token: string | undefined,
  api: Api,
): Result | FakeAnswer {
  const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
  if (given === undefined) return { ok: false, error: "not_authed" };
  const method = call?.method ?? "";
  const isRight = method === "apps.connections.open" ? given.startsWith("xapp-") : given === token;
  if (token !== undefined && !isRight) return { ok: false, error: "invalid_auth" };
  if (refusal !== undefined && method !== "auth.test") {
    return { ok: false, error: refusal };
  }
  const run = api[method];
  return run === undefined ? { ok: false, error: "unknown_method" } : run(call?.params ?? {}, request.atMs);
}

function createApi(messages: MutableMessage[], options: FakeSlackOptions): Api {
  const channels = options.channels ?? DEFAULT_CHANNELS;
  const findChannel = (named: unknown): { id: string } | { error: string } => {
    const channel = channels.find(({ id, name }) => named === id || named === name || named === `#${name}`);
    if (channel === undefined) {
      return { error: "channel_not_found" };
    }
    if (channel.archived) {
      return { error: "is_archived" };
    }
    return channel.closed ? { error: "not_in_channel" } : { id: channel.id };
  };
  const inChannel =
    (run: (channel: string, params: Params, atMs: number) => Result | FakeAnswer) =>
    (params: Params, atMs: number): Result | FakeAnswer => {
      const channel = findChannel(params["channel"]);
      return "error" in channel ? { ok: false, error: channel.error } : run(channel.id, params, atMs);
    };
  return {
    ...options.methods,
    "auth.test": () => ({ ok: true, team: "noroshi", user: "noroshi", bot_id: "B0NOROSHI" }),
    "apps.connections.open": () =>
      options.socketUrl === undefined
        ? { ok: false, error: "forbidden" }
        : { ok: true, url: options.socketUrl() },
    "chat.postMessage": inChannel((channel, params, atMs) => post(messages, channel, params, atMs, options)),
    "chat.update": inChannel((channel, params) => update(messages, channel, params, options)),
    // Slack takes channel ids alone here.
    "conversations.history": (params) =>
      channels.some(({ id }) => id === params["channel"])
        ? page(
            messages.filter(({ channel, threadTs }) => channel === params["channel"] && threadTs === null),
            params,
            "newest first",
          )
        : { ok: false, error: "channel_not_found" },
    "conversations.replies": (params) => {
      const thread = messages.filter(
        ({ channel, ts, threadTs }) =>
          channel === params["channel"] && (ts === params["ts"] || threadTs === params["ts"]),
      );
      return thread.some(({ ts, deleted }) => ts === params["ts"] && !deleted)
        ? page(thread, params, "oldest first")
        : { ok: false, error: "thread_not_found" };
    },
  };
}

function post(
  messages: MutableMessage[],
  channel: string,
  params: Params,
  atMs: number,
  options: FakeSlackOptions,
): Result | FakeAnswer {
  const recent = messages.filter(
    (message) => message.channel === channel && message.postedAtMs > atMs - 1000,
  );
  if (options.postsPerSecond !== undefined && recent.length >= options.postsPerSecond) {
    return {
      status: 429,
      headers: { "retry-after": "1" },
      body: JSON.stringify({ ok: false, error: "ratelimited" }),
    };
  }
  const error = refuseSlackMessage(params);
  if (error !== undefined) {
    return { ok: false, error };
  }
  const last = messages.at(-1)?.ts ?? "0";
  const wanted = `${Math.floor(atMs / 1000)}.${String(atMs % 1000).padStart(3, "0")}000`;
  const message: MutableMessage = {
    channel,
    // Unique and rising, as Slack's are.
    ts: Number(wanted) > Number(last) ? wanted : (Number(last) + 0.001).toFixed(6),
    threadTs: typeof params["thread_ts"] === "string" ? params["thread_ts"] : null,
    ...readContents(params),
    metadata: readMetadata(params["metadata"]),
    postedAtMs: atMs,
    edits: 0,
    deleted: false,
  };
  messages.push(message);
  options.onMessage?.({ ...message }, "posted");
  return { ok: true, channel, ts: message.ts, message: { text: message.text } };
}

function update(
  messages: readonly MutableMessage[],
  channel: string,
  params: Params,
  options: FakeSlackOptions,
): Result {
  const message = messages.find(
    ({ channel: of, ts, deleted }) => of === channel && ts === params["ts"] && !deleted,
  );
  if (message === undefined) {
    return { ok: false, error: "message_not_found" };
  }
  const error = refuseSlackMessage(params);
  if (error !== undefined) {
    return { ok: false, error };
  }
  Object.assign(message, readContents(params), { edits: message.edits + 1 });
  if (params["metadata"] !== undefined) {
    message.metadata = readMetadata(params["metadata"]);
  }
  options.onMessage?.({ ...message }, "updated");
  return { ok: true, channel, ts: message.ts, text: message.text };
}

function page(found: readonly FakeMessage[], params: Params, order: "newest first" | "oldest first"): Result {
  const limit = Math.min(Number(params["limit"] ?? 100), 999);
  const from = Number(params["cursor"] ?? 0);
  const matching = found.filter(({ ts, deleted }) => !deleted && Number(ts) >= Number(params["oldest"] ?? 0));
  const ordered = order === "newest first" ? matching.reverse() : matching;
  const withMetadata = String(params["include_all_metadata"]) === "true";
  const rows = ordered.slice(from, from + limit);
  const more = from + limit < ordered.length;
  return {
    ok: true,
    messages: rows.map(({ ts, text, threadTs, metadata }) => ({
      type: "message",
      ts,
      text,
      ...(threadTs === null ? {} : { thread_ts: threadTs }),
      ...(withMetadata && metadata !== null ? { metadata } : {}),
    })),
    has_more: more,
    ...(more ? { response_metadata: { next_cursor: String(from + limit) } } : {}),
  };
}

function readContents(params: Params): { text: string; blocks: unknown[]; attachments: unknown[] } {
  const { text, blocks, attachments } = params;
  return {
    text: typeof text === "string" ? text : "",
    blocks: Array.isArray(blocks) ? blocks : [],
    attachments: Array.isArray(attachments) ? attachments : [],
  };
}

function readMetadata(value: unknown): FakeMessage["metadata"] {
  if (!isRecord(value) || !isRecord(value["event_payload"])) {
    return null;
  }
  return { event_type: String(value["event_type"]), event_payload: value["event_payload"] };
}
