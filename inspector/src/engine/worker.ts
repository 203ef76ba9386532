// The engine's own thread: however long a capture takes to read or to search, the page stays alive.
import { Border } from "./border.js";

/** A question; `border` names the method that answers it. */
interface Question {
  id: number;
  method: "start" | Exclude<keyof Border, never>;
  args: unknown[];
}

let border: Border | undefined;

self.onmessage = (event: MessageEvent<Question>) => {
  const { id, method, args } = event.data;
  try {
    if (method === "start") {
      border = new Border(new WebAssembly.Module(args[0] as BufferSource));
      return reply({ id, answer: null });
    }
    if (!border) throw new Error("the engine was not started");
    const call = border[method] as (...args: unknown[]) => unknown;
    const answer = call.apply(border, args);
    const buffers = ArrayBuffer.isView(answer) ? [answer.buffer] : [];
    reply({ id, answer }, buffers);
  } catch (error) {
    // A trap leaves the module's memory in no known state.
    const dead = error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
    reply({ id, error: error instanceof Error ? error.message : String(error), dead });
  }
};

function reply(message: object, transfer: Transferable[] = []): void {
  (self as unknown as { postMessage(message: object, transfer: Transferable[]): void }).postMessage(message, transfer);
}
