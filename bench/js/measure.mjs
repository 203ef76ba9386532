// Contenders in turn, in slices, wherever that runs: no Node here.

const SLICE = 2;
const ROUNDS = 60;

/** The least ns a frame of each contender, which handles `count` frames a call. */
export function measure(count, contenders) {
  const least = Object.fromEntries(Object.keys(contenders).map((name) => [name, Number.POSITIVE_INFINITY]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, run] of Object.entries(contenders)) {
      const start = performance.now();
      let runs = 0;
      let now;
      do {
        for (let i = 0; i < 4; i++) run();
        runs += 4;
        now = performance.now();
      } while (now - start < SLICE);
      least[name] = Math.min(least[name], ((now - start) * 1e6) / runs / count);
    }
  }
  return least;
}
