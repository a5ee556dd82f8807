/** When devices take readings: at a mean rate, and at another one in bursts and silences. */
import type { Random } from './prng.js';
import type { RunOptions } from './run-options.js';

type Load = Pick<RunOptions, 'readingsPerSecond' | 'load' | 'arrival' | 'durationMs'>;

/** Times of all readings of a run, ascending, milliseconds. */
export function* readingTimes(
  { readingsPerSecond, load, arrival, durationMs }: Load,
  random: Random,
): Generator<number, void> {
  const edges = load.flatMap(({ atMs, forMs }) => [atMs, atMs + forMs]).sort((left, right) => left - right);
  let atMs = 0;
  while (atMs < durationMs) {
    // Where spans overlap, the later one of the list holds.
    const span = load.findLast((one) => one.atMs <= atMs && atMs < one.atMs + one.forMs);
    const rate = span?.readingsPerSecond ?? readingsPerSecond;
    const edgeMs = Math.min(edges.find((edge) => edge > atMs) ?? durationMs, durationMs);
    const meanMs = 1_000 / rate;
    const nextMs = rate === 0 ? edgeMs : atMs + (arrival === 'fixed' ? meanMs : random.exponential(meanMs));
    // A rate holds up to its edge; beyond it the wait begins anew with the next one.
    atMs = Math.min(nextMs, edgeMs);
    if (nextMs <= edgeMs && rate > 0) yield atMs;
  }
}
