/** Waits for other code, with a time limit. */

// Taken when this file is loaded: tests may put clocks of their own in their places.
const { setTimeout, clearTimeout } = globalThis;

/** What {@link within} gives when the time is up. */
export const LATE: unique symbol = Symbol("late");

/** What comes of a promise within so many milliseconds, or {@link LATE}. */
export async function within<T>(limit: number, promise: PromiseLike<T> | T): Promise<T | typeof LATE> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(() => resolve(LATE), limit);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Milliseconds for people: `30 s`. */
export function seconds(milliseconds: number): string {
  return `${milliseconds / 1000} s`;
}
