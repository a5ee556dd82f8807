/** How few cosignatures a proof needs. Apart from tree-head.ts, which knows nothing of policy files. */
import type { Committee } from '../model/committee.js';
import type { CertifiedHead, Cosignature } from './tree-head.js';
import { quorumHeads } from './policy.js';
import { certifiedHead } from './tree-head.js';

/**
 * The head with as few of its cosignatures as weigh Q and are as many as the network's policy file asks for, the
 * heaviest first. Where there are fewer than the policy asks for, all of them: they weigh Q, which verifies with the
 * genesis.
 */
export function leastCosignatures(head: CertifiedHead, committee: Committee): CertifiedHead {
  const heads = quorumHeads(committee);
  const weightOf = ({ validator }: Cosignature): number => committee.weightOf(validator);
  const heaviestFirst = [...head.cosignatures].sort(
    (left, right) => weightOf(right) - weightOf(left) || left.validator - right.validator,
  );
  const chosen: Cosignature[] = [];
  let weight = 0;
  for (const cosignature of heaviestFirst) {
    if (weight >= committee.quorum && chosen.length >= heads) break;
    chosen.push(cosignature);
    weight += weightOf(cosignature);
  }
  return certifiedHead(chosen, committee);
}
