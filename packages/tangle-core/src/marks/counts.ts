/** What tests and the simulator read of the marks: counts of this thread, sums over threads, and what is missing. */
import { MARK_NAMES, MARK_SENTENCES, type MarkName } from './marks.js';
import { counts, MARK } from './reached.js';

/** Times each mark was reached. A plain object: it passes between threads and through JSON. */
export type MarkCounts = Readonly<Record<MarkName, number>>;

/** The counts of this thread since the start or the last reset. */
export function markCounts(): MarkCounts {
  return countsOf((name) => counts[MARK[name]] ?? 0);
}

/** All counts of this thread back to zero. */
export function resetMarks(): void {
  counts.fill(0);
}

/** The sums of several threads' or runs' counts. */
export function mergeMarks(parts: Iterable<MarkCounts>): MarkCounts {
  const all = [...parts];
  return countsOf((name) => all.reduce((sum, part) => sum + part[name], 0));
}

export interface MarksReport {
  readonly reached: readonly MarkName[];
  /** Branches that nothing is known of: each needs a scenario, or it needs no code. */
  readonly missing: readonly { readonly name: MarkName; readonly sentence: string }[];
  /** Reached ones among all, 0 to 1. */
  readonly share: number;
}

/** What was reached and what was not, in the order of the data flow. */
export function reportMarks(of: MarkCounts): MarksReport {
  const names = MARK_NAMES.filter((name) => of[name] > 0);
  const missing = MARK_NAMES.filter((name) => of[name] === 0);
  return {
    reached: names,
    missing: missing.map((name) => ({ name, sentence: MARK_SENTENCES[name] })),
    share: names.length / MARK_NAMES.length,
  };
}

function countsOf(count: (name: MarkName) => number): MarkCounts {
  return Object.fromEntries(MARK_NAMES.map((name) => [name, count(name)])) as Record<MarkName, number>;
}
