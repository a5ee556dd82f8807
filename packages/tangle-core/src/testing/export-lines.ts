/** Checked objects as the lines of `tangle export`, as far as the reference rule reads them. */
import { toHex } from '../codec/hex.js';
import { present } from '../assert.js';
import type { Genesis } from '../model/genesis.js';
import type { Statement } from '../model/statement.js';
import type { Transaction } from '../model/transaction.js';
import type { ReferenceLine } from './reference-rule.js';

export function genesisLine(genesis: Genesis): ReferenceLine {
  return {
    kind: 'genesis',
    hash: genesis.hash,
    committee: genesis.committee.validators.map(({ statementKey, weight }) => ({ key: toHex(statementKey), weight })),
    params: { time: `${genesis.parameters.time}` },
  };
}

export function vertexLine(vertex: Transaction | Statement, genesis: Genesis): ReferenceLine {
  if (vertex.kind === 'transaction') return { kind: 'transaction', id: vertex.id, parents: vertex.parents };
  const { id, epoch, round, timestampMs, self, prev, tips } = vertex;
  const author = present(genesis.committee.validators[vertex.author], () => `no validator ${vertex.author}`);
  return {
    kind: 'statement',
    id,
    epoch,
    round,
    author: toHex(author.statementKey),
    timestamp: `${timestampMs}`,
    self,
    prev,
    tips,
  };
}
