/**
 * Whom this node has links to, by number: validators have their index in the committee, observers the numbers after it,
 * in the order of this node's own list. An observer's word weighs nothing, and nothing that it sends is believed further
 * than the checks of its bytes go.
 */
import type { Committee } from '@tangle/core/model';

export type PeerNumber = number;

export function isObserver(peer: PeerNumber, { size }: Pick<Committee, 'size'>): boolean {
  return peer >= size;
}
