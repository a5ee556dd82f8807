/** How a run ended. */

/** The invariants that are watched, by the checker that holds them. */
export type CheckerName =
  /** No honest node has evidence against an honest one. Where too many lie: what breaks is proven against them. */
  | 'accusations'
  | 'agreement'
  | 'approval'
  | 'bounds'
  | 'certification'
  | 'commit-time'
  | 'durability'
  | 'equivocation'
  | 'finality'
  | 'guard'
  | 'jumps'
  | 'order'
  | 'quiescence'
  | 'recovery'
  | 'reference'
  | 'verdicts'
  /** No honest replica stops by itself, throws, or complains of an honest peer. */
  | 'honesty';

export type Verdict =
  | { readonly kind: 'Pass' }
  /** Not everything became final within the bound. */
  | { readonly kind: 'NoProgress'; readonly detail: string }
  /** Two nodes committed different things. */
  | { readonly kind: 'Diverged'; readonly detail: string }
  | { readonly kind: 'Violated'; readonly checker: CheckerName; readonly detail: string };

export const PASS: Verdict = { kind: 'Pass' };

/** The verdict of a broken invariant. */
export function verdictOf(checker: CheckerName, detail: string): Verdict {
  return checker === 'agreement' ? { kind: 'Diverged', detail } : { kind: 'Violated', checker, detail };
}

/** In a line, as reports print it. */
export function describeVerdict(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'Pass':
      return 'Pass';
    case 'NoProgress':
    case 'Diverged':
      return `${verdict.kind}: ${verdict.detail}`;
    case 'Violated':
      return `Violated(${verdict.checker}): ${verdict.detail}`;
  }
}
