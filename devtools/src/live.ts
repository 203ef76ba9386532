import { BINDING, closeWrapper, type PageNews } from "./close-wrapper.js";
import type { CaptureSource, Receiver } from "./source.js";

/** Events are handed on so often, in milliseconds. */
const BATCH = 100;

interface Made {
  requestId: string;
  url: string;
}

/** Traffic as it happens, by the debugger interface: the page's, its frames' and its workers'. */
export class LiveSource implements CaptureSource {
  readonly #debuggee: chrome.debugger.Debuggee;
  #running = false;
  #queue: string[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;
  #busy = false;
  /** By session: sockets that the browser told of, and the page did not yet; and the other way round. */
  readonly #made = new Map<string, { browser: Made[]; page: PageNews[] }>();
  /** How the sockets that are open began: told again after what was captured is forgotten. */
  readonly #begun = new Map<string, string[]>();
  /** The browser's name of the page's socket. */
  readonly #names = new Map<string, string>();

  constructor(
    tabId: number,
    private readonly receiver: Receiver,
  ) {
    this.#debuggee = { tabId };
  }

  async start(): Promise<void> {
    await chrome.debugger.attach(this.#debuggee, "1.3");
    this.#running = true;
    chrome.debugger.onEvent.addListener(this.#onEvent);
    chrome.debugger.onDetach.addListener(this.#onDetach);
    this.#timer = setInterval(() => void this.#flush(), BATCH);
    await this.#enable(undefined);
  }

  async stop(): Promise<void> {
    this.#end();
    await this.#flush();
    await chrome.debugger.detach(this.#debuggee).catch(() => {});
  }

  clear(): void {
    this.#queue = [...this.#begun.values()].flat();
  }

  #end(): void {
    this.#running = false;
    clearInterval(this.#timer);
    chrome.debugger.onEvent.removeListener(this.#onEvent);
    chrome.debugger.onDetach.removeListener(this.#onDetach);
  }

  #send(session: string | undefined, method: string, params: object = {}): Promise<object | undefined> {
    const target = session === undefined ? this.#debuggee : { ...this.#debuggee, sessionId: session };
    return chrome.debugger.sendCommand(target, method, params as Record<string, unknown>);
  }

  /** Listens to a target. Not every kind of target knows every domain. */
  async #enable(session: string | undefined): Promise<void> {
    const ignore = () => undefined;
    await Promise.all([
      this.#send(session, "Network.enable").catch(ignore),
      this.#send(session, "Runtime.enable").catch(ignore),
      this.#send(session, "Runtime.addBinding", { name: BINDING }).catch(ignore),
      this.#send(session, "Page.enable").catch(ignore),
      this.#send(session, "Page.addScriptToEvaluateOnNewDocument", {
        source: closeWrapper(),
        runImmediately: true,
      }).catch(ignore),
      this.#send(session, "Target.setAutoAttach", {
        autoAttach: true,
        waitForDebuggerOnStart: true,
        flatten: true,
      }).catch(ignore),
    ]);
    await this.#send(session, "Runtime.runIfWaitingForDebugger").catch(ignore);
  }

  readonly #onDetach = (source: chrome.debugger.Debuggee, reason: string) => {
    if (source.tabId !== this.#debuggee.tabId) return;
    this.#end();
    void this.#flush();
    this.receiver.ended(reason === "target_closed" ? "the page was closed" : "capturing was cancelled");
  };

  readonly #onEvent = (source: { tabId?: number; sessionId?: string }, method: string, params?: object) => {
    if (source.tabId !== this.#debuggee.tabId || !params) return;
    const session = source.sessionId ?? "";
    if (method === "Target.attachedToTarget") {
      void this.#enable((params as { sessionId: string }).sessionId);
    } else if (method === "Runtime.bindingCalled") {
      const { name, payload } = params as { name: string; payload: string };
      if (name === BINDING) this.#page(session, payload);
    } else if (method.startsWith("Network.webSocket")) {
      const event = params as Made;
      const named = { ...event, requestId: this.#name(session, event.requestId) };
      const text = JSON.stringify({ method, params: named });
      this.#queue.push(text);
      this.#remember(method, named.requestId, text);
      if (method === "Network.webSocketCreated") {
        this.#pair(session).browser.push({ requestId: named.requestId, url: event.url });
        this.#match(session);
      }
    }
  };

  #remember(method: string, requestId: string, event: string): void {
    if (method === "Network.webSocketClosed") this.#begun.delete(requestId);
    else if (method === "Network.webSocketCreated") this.#begun.set(requestId, [event]);
    else if (method.includes("Handshake")) this.#begun.get(requestId)?.push(event);
  }

  /** Names of requests are those of a session. */
  #name(session: string, requestId: string): string {
    return `${session}/${requestId}`;
  }

  #pair(session: string): { browser: Made[]; page: PageNews[] } {
    const known = this.#made.get(session) ?? { browser: [], page: [] };
    this.#made.set(session, known);
    return known;
  }

  /** The page can say anything here: only numbers and texts are taken. */
  #page(session: string, payload: string): void {
    let news: PageNews;
    try {
      news = JSON.parse(payload) as PageNews;
    } catch {
      return;
    }
    if (typeof news?.id !== "number" || typeof news.url !== "string") return;
    if (news.kind === "made") {
      this.#pair(session).page.push(news);
      this.#match(session);
      return;
    }
    const requestId = this.#names.get(`${session}/${news.id}`);
    if (requestId === undefined) return;
    const { code, reason, wasClean } = news;
    this.#queue.push(JSON.stringify({ method: "wsproof.closed", params: { requestId, code, reason, wasClean } }));
  }

  /** Sockets with the same URL are made in the same order on both sides. */
  #match(session: string): void {
    const { browser, page } = this.#pair(session);
    for (const news of [...page]) {
      const at = browser.findIndex(({ url }) => url === news.url);
      const [made] = at < 0 ? [] : browser.splice(at, 1);
      if (!made) continue;
      page.splice(page.indexOf(news), 1);
      // A page that was loaded again counts from 0 again.
      this.#names.set(`${session}/${news.id}`, made.requestId);
    }
  }

  async #flush(): Promise<void> {
    if (this.#busy || this.#queue.length === 0) return;
    this.#busy = true;
    const events = this.#queue;
    this.#queue = [];
    try {
      await this.receiver.app.take(events);
    } catch (error) {
      this.receiver.app.say((error as Error).message);
    } finally {
      this.#busy = false;
      // What came meanwhile, when no timer is there any more.
      if (!this.#running && this.#queue.length > 0) await this.#flush();
    }
  }
}
