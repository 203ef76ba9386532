// The tasks of a page's own thread, from Chromium's trace.

/** Enough for tasks, and for the names of what is in a long one. */
const CATEGORIES = [
  "__metadata",
  "toplevel",
  "devtools.timeline",
  "disabled-by-default-devtools.timeline",
  "blink.user_timing",
];

/**
 * Does something in a page while the browser traces; gives the milliseconds of each task of the page's main
 * thread, and what was in the longest.
 */
export async function traced(browser, page, action) {
  await browser.startTracing(page, { categories: CATEGORIES });
  // Of several threads of that name it is the one where the page's marks are made.
  await page.evaluate(() => performance.mark("wsproof:begin"));
  const answer = await action();
  await page.evaluate(() => performance.mark("wsproof:end"));
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const mark = (name) => {
    const found = traceEvents.find((event) => event.name === name && event.cat?.includes("blink.user_timing"));
    if (!found) throw new Error(`the trace has no mark ${name}`);
    return found;
  };
  const [begin, end] = [mark("wsproof:begin"), mark("wsproof:end")];
  const own = traceEvents.filter(
    ({ ph, pid, tid, ts }) => ph === "X" && pid === begin.pid && tid === begin.tid && ts >= begin.ts && ts <= end.ts,
  );
  const tasks = own.filter(({ name }) => name === "RunTask");
  if (tasks.length === 0) throw new Error("the trace has no tasks of the page's thread");
  const longest = tasks.reduce((left, right) => (right.dur > left.dur ? right : left));
  return {
    answer,
    tasks: tasks.map(({ dur }) => dur / 1000),
    longest: { ms: longest.dur / 1000, inside: inside(longest, own) },
  };
}

/** What took most of a task, in the browser's words. */
function inside({ ts, dur }, events) {
  const parts = events.filter(
    (event) => event.ts > ts && event.ts + event.dur <= ts + dur && !/RunTask$/.test(event.name),
  );
  const [first] = parts.sort((left, right) => right.dur - left.dur);
  return first
    ? `${first.name}${first.args?.data?.type ? ` ${first.args.data.type}` : ""} ${Math.round(first.dur / 1000)} ms`
    : "";
}
