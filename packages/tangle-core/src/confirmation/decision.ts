/** What the rule says of a slot, with its reason (PROTOCOL 5). */
import type { StatementVertex } from '../tangle/vertex.js';

export type Decision =
  | { readonly kind: 'commit'; readonly leader: StatementVertex; readonly how: 'direct' }
  | {
      readonly kind: 'commit';
      readonly leader: StatementVertex;
      readonly how: 'indirect';
      readonly anchor: StatementVertex;
    }
  | { readonly kind: 'skip'; readonly how: 'direct' }
  | { readonly kind: 'skip'; readonly how: 'indirect'; readonly anchor: StatementVertex }
  | { readonly kind: 'undecided'; readonly why: UndecidedReason }
  /** More than f is faulty: the evidence in words, with ids. */
  | { readonly kind: 'halt'; readonly evidence: string };

export type UndecidedReason =
  /** Neither quorum is there and no slot three rounds up or more is undecided-free to look from. */
  | 'no-anchor-yet'
  /** The first slot above that is not skipped is itself undecided. */
  | 'anchor-undecided';
