/**
 * Counts how often the marked branches were taken. The one thing in the core that outlives a call and belongs to no
 * object, and no breach of its purity: the core writes here and never reads, so no effect, verdict or byte depends on
 * it. Reading is for tests and the simulator (counts.ts); a test holds the core to this module.
 */
import { MARK_NAMES, type MarkName } from './marks.js';

declare const brand: unique symbol;

/** A mark as the core names it: its place among the counts. */
export type Mark = number & { readonly [brand]: 'Mark' };

/** The marks by name. */
export const MARK = Object.fromEntries(MARK_NAMES.map((name, place) => [name, place])) as Readonly<
  Record<MarkName, Mark>
>;

/** One count for each mark of this thread; doubles, so that none wraps. Only counts.ts reads them. */
export const counts = new Float64Array(MARK_NAMES.length);

/** The marked branch was taken. Costs an increment. */
export function reached(mark: Mark): void {
  counts[mark] = (counts[mark] ?? 0) + 1;
}
