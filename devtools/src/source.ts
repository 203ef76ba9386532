import type { App } from "../../inspector/src/ui/app.js";

/** Where a panel gets its traffic from. */
export interface CaptureSource {
  /** Begins, and goes on until it is stopped. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Forgets what was captured. */
  clear(): void;
}

/** What a source tells the panel. */
export interface Receiver {
  app: App;
  /** The source has ended by itself. */
  ended(why: string): void;
}
