import type { CaptureSource, Receiver } from "./source.js";

/** The browser gives the whole history each time, so it is asked seldom: milliseconds. */
const SELDOM = 1000;

interface Entry {
  _resourceType?: string;
  _webSocketMessages?: unknown[];
  request?: { url?: string };
  response?: { status?: number };
  startedDateTime?: unknown;
}

/** Firefox has the handshake of a WebSocket in its log, and no messages. */
function isSocket(entry: Entry): boolean {
  return entry._webSocketMessages !== undefined || /^wss?:/.test(entry.request?.url ?? "");
}

/** Messages by the developer tools' own network log, which needs no permission. */
export class HarSource implements CaptureSource {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = false;
  #before = "";
  /** What was cleared is told of again and again: entries begun before this are left out. */
  #since = 0;

  constructor(private readonly receiver: Receiver) {}

  async start(): Promise<void> {
    this.#running = true;
    await this.#poll();
  }

  async stop(): Promise<void> {
    this.#running = false;
    clearTimeout(this.#timer);
  }

  clear(): void {
    this.#since = Date.now();
    this.#before = "";
  }

  async #poll(): Promise<void> {
    const { entries } = await new Promise<{ entries: unknown[] }>((resolve) => {
      chrome.devtools.network.getHAR((log) => resolve(log as unknown as { entries: unknown[] }));
    });
    if (!this.#running) return;
    const sockets = (entries as Entry[])
      .filter((entry) => isSocket(entry) && Date.parse(String(entry.startedDateTime)) >= this.#since)
      .map((entry) => ({ ...entry, _webSocketMessages: entry._webSocketMessages ?? [] }));
    const sign = sockets
      .map((entry) => `${entry.request?.url} ${entry._webSocketMessages.length} ${entry.response?.status}`)
      .join("\n");
    if (sign !== this.#before) {
      this.#before = sign;
      await this.receiver.app.refresh(new TextEncoder().encode(JSON.stringify({ log: { entries: sockets } })), "har");
    }
    this.#timer = setTimeout(() => void this.#poll(), SELDOM);
  }
}
