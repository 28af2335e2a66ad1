import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A file that was uploaded, and where it is shown; `threadTs` null before that was said. */
interface FakeFile {
  readonly id: string;
  readonly name: string;
  readonly altText: string;
  readonly announcedBytes: number;
  readonly bytes: Buffer | null;
  readonly channel: string | null;
  readonly threadTs: string | null;
}

export interface FakeSlackFiles {
  /** For the fake's `methods`. */
  readonly methods: Readonly<
    Record<
      string,
      (
        params: Readonly<Record<string, unknown>>,
      ) => { readonly ok: boolean } & Readonly<Record<string, unknown>>
    >
  >;
  files(): readonly FakeFile[];
  /** What the place of uploads answers from now on. */
  answerWith(status: number): void;
  close(): Promise<void>;
}

/** The three steps in which Slack takes a file: a place for it, its bytes, where it is shown. For tests. */
export async function startFakeSlackFiles(): Promise<FakeSlackFiles> {
  const files = new Map<string, { -readonly [key in keyof FakeFile]: FakeFile[key] }>();
  let status = 200;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const file = files.get((request.url ?? "").slice(1));
      const bytes = Buffer.concat(chunks);
      const isTaken = status === 200 && file !== undefined && bytes.length === file.announcedBytes;
      if (isTaken) file.bytes = bytes;
      response.writeHead(isTaken ? 200 : status === 200 ? 400 : status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    methods: {
      "files.getUploadURLExternal": (params) => {
        const id = `F${files.size + 1}`;
        files.set(id, {
          id,
          name: String(params["filename"]),
          altText: typeof params["alt_text"] === "string" ? params["alt_text"] : "",
          announcedBytes: Number(params["length"]),
          bytes: null,
          channel: null,
          threadTs: null,
        });
        return { ok: true, upload_url: `http://127.0.0.1:${port}/${id}`, file_id: id };
      },
      "files.completeUploadExternal": (params) => {
        const [shown] = JSON.parse(String(params["files"])) as { id: string }[];
        const file = files.get(shown?.id ?? "");
        if (file === undefined || file.bytes === null) return { ok: false, error: "file_not_found" };
        Object.assign(file, { channel: params["channel_id"], threadTs: params["thread_ts"] });
        return { ok: true, files: [{ id: file.id }] };
      },
    },
    files: () => [...files.values()].map((file) => ({ ...file })),
    answerWith: (next) => {
      status = next;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
