/** The name of the function that the debugger puts into the page. */
export const BINDING = "__wsproof";

/** What the page tells through it. */
export interface PageNews {
  kind: "made" | "closed";
  /** Counts the sockets of this page. */
  id: number;
  url: string;
  code: number;
  reason: string;
  wasClean: boolean;
}

/**
 * Runs in the page: the only place that knows the close code and the reason. It hides nothing and changes nothing; a
 * WebSocket made before it runs stays unknown.
 */
function wrap(binding: string): void {
  const scope = globalThis as unknown as Record<string, unknown> & { WebSocket?: typeof WebSocket };
  const tell = scope[binding] as ((text: string) => void) | undefined;
  const Native = scope.WebSocket;
  if (!tell || !Native || Object.hasOwn(Native, Symbol.for(binding))) return;
  // The page may replace what is global later.
  const stringify = JSON.stringify;
  let made = 0;
  const Wrapped = new Proxy(Native, {
    construct(target, args, newTarget) {
      const socket = Reflect.construct(target, args, newTarget) as WebSocket;
      const id = made++;
      const news = { id, url: socket.url, code: 0, reason: "", wasClean: false };
      tell(stringify({ kind: "made", ...news }));
      socket.addEventListener("close", ({ code, reason, wasClean }) => {
        tell(stringify({ kind: "closed", ...news, code, reason, wasClean }));
      });
      return socket;
    },
  });
  Object.defineProperty(Native, Symbol.for(binding), { value: true });
  Native.prototype.constructor = Wrapped;
  scope.WebSocket = Wrapped;
}

/** The wrapper as the text of a script. */
export function closeWrapper(): string {
  return `(${wrap.toString()})(${JSON.stringify(BINDING)})`;
}
