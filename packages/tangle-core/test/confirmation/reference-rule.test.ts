/** The reference is trusted because it is short; here it meets results worked out by hand, and a long export. */
import { describe, expect, test } from 'vitest';
import { drawDag, evaluateExport, genesisLine, type ReferenceLine, vertexLine } from '../../src/testing/index.js';
import { fastCrypto } from '../fast-crypto.js';
import { four } from './networks.js';

function id(kind: string, number: number): string {
  return kind + number.toString(16).padStart(62, '0');
}

/** `rounds` rounds in which everybody cites everybody, and each statement one new transaction. */
function* longExport(rounds: number): Generator<ReferenceLine> {
  const genesis = genesisLine(four.genesis);
  if (genesis.kind !== 'genesis') return;
  yield genesis;
  const authors = genesis.committee.map(({ key }) => key);
  for (let round = 1; round <= rounds; round++) {
    for (const [index, author] of authors.entries()) {
      const number = round * authors.length + index;
      const parents = [1, 2].map((back) => (round === 1 ? genesis.hash : id('aa', number - authors.length - 1 + back)));
      const below = round === 1 ? [] : authors.map((_, other) => id('bb', (round - 1) * authors.length + other));
      const transaction = id('aa', number);
      yield { kind: 'transaction', id: transaction, parents: [parents[0] ?? '', parents[1] ?? ''] };
      yield {
        kind: 'statement',
        id: id('bb', number),
        epoch: 0,
        round,
        author,
        timestamp: `${Number(genesis.params.time) + round}`,
        self: below[index] ?? null,
        prev: below,
        tips: [transaction],
      };
    }
  }
}

describe('the reference rule', () => {
  test('evaluates thousands of rounds with their transactions', () => {
    const { commits, verdicts } = evaluateExport(longExport(5_000), fastCrypto);
    expect(commits).toHaveLength(4_998);
    expect(verdicts.filter(({ kind }) => kind === 'commit')).toHaveLength(4_998);
    expect(commits.at(0)?.ids).toHaveLength(1);
    expect(commits.at(-1)?.ids).toHaveLength(4);
    expect(Number(commits.at(-1)?.time)).toBe(four.genesis.parameters.time + 4_997);
  });

  test('gives every slot above the prefix its verdict too, and ignores what a node concluded', () => {
    const dag = drawDag(
      four,
      `Round 1 : { * }
       Round 2 : { AB -> [*], CD -> [-A] }
       Round 3 : { * }
       Round 4 : { * }`,
    );
    const lines = [genesisLine(four.genesis), ...dag.vertices.map((vertex) => vertexLine(vertex, four.genesis))];
    const { commits, verdicts } = evaluateExport([...lines, { kind: 'commit' }], four.crypto);
    expect(commits).toEqual([]);
    expect(verdicts.slice(1).map((verdict) => verdict.kind)).toEqual(['undecided', 'commit', 'undecided', 'undecided']);
  });
});
