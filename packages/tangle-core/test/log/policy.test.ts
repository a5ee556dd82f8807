/** Policy files: the network's own, those of others, and what a quorum is. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nobleCrypto } from '../../src/crypto/index.js';
import {
  formatPolicy,
  formatVerifierKey,
  networkPolicy,
  parsePolicy,
  POLICY_LINES_MAX,
  quorumHeads,
  satisfiesQuorum,
  type Policy,
} from '../../src/log/index.js';
import { testNetwork } from '../../src/testing/index.js';
import { committeeOf, cosignerKey, plainKey } from './signers.js';

const crypto = nobleCrypto;
const log = formatVerifierKey(plainKey('example.com/log'));
const keyOf = (name: string): string => formatVerifierKey(cosignerKey(name));

function policyOf(text: string): Policy {
  const parsed = parsePolicy(text, crypto);
  if (!parsed.ok) throw new Error(`${parsed.reason.field}: ${parsed.reason.code}`);
  return parsed.value;
}

function reasonOf(text: string): string {
  const parsed = parsePolicy(text, crypto);
  return parsed.ok ? 'ok' : `${parsed.reason.field}: ${parsed.reason.code}`;
}

describe('the heads that a network asks for', () => {
  test.each([
    [[1], 1],
    [[1, 1, 1, 1], 3],
    [[1, 1, 1, 1, 1, 1, 1], 5],
    [[5, 1, 1], 3],
    [[3, 1], 2],
    [[100, 1, 1, 1], 4],
  ])('of weights %j are %i', (weights, heads) => {
    expect(quorumHeads(committeeOf(...weights))).toBe(heads);
  });

  test('are the fewest of which any choice weighs a quorum', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 12 }), (weights) => {
        const committee = committeeOf(...weights);
        const heads = quorumHeads(committee);
        const lightest = [...weights].sort((left, right) => left - right);
        const weigh = (count: number): number => lightest.slice(0, count).reduce((sum, weight) => sum + weight, 0);
        expect(weigh(heads)).toBeGreaterThanOrEqual(committee.quorum);
        expect(weigh(heads - 1)).toBeLessThan(committee.quorum);
      }),
    );
  });
});

describe('the policy of a network', () => {
  const { genesis } = testNetwork({ weights: [1, 1, 1, 1] });
  const policy = networkPolicy(genesis, crypto);

  test('is read as it is written', () => {
    expect(policyOf(formatPolicy(policy))).toEqual(policy);
    expect(
      formatPolicy(policy)
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual([
      ...Array.from({ length: 4 }, () => 'log'),
      ...Array.from({ length: 4 }, () => 'witness'),
      'group',
      'quorum',
      '',
    ]);
  });

  test('is satisfied by any three of four validators', () => {
    const names = policy.witnesses.map(({ name }) => name);
    for (let chosen = 0; chosen < 16; chosen++) {
      const cosigned = new Set(names.filter((_, index) => (chosen & (1 << index)) !== 0));
      expect(satisfiesQuorum(policy, cosigned)).toBe(cosigned.size >= 3);
    }
    expect(satisfiesQuorum(policy, new Set(['somebody', 'else', 'altogether', 'quorum']))).toBe(false);
  });
});

describe('policy files of others', () => {
  const example = [
    '# logs\t',
    `log ${log} https://example.com/log`,
    '',
    ...['X1', 'X2', 'X3', 'Y1', 'Y2'].map((name) => `\twitness  ${name} ${keyOf(name)} \t`),
    'group X-witnesses 2 X1 X2 X3',
    'group Y-witnesses any Y1 Y2',
    'group X-and-Y all X-witnesses Y-witnesses',
    'quorum X-and-Y',
    '',
  ].join('\n');

  test('may nest groups, be spaced and commented', () => {
    const policy = policyOf(example);
    expect(policy.logs.map(({ url }) => url)).toEqual(['https://example.com/log']);
    expect(satisfiesQuorum(policy, new Set(['X1', 'X3', 'Y2']))).toBe(true);
    expect(satisfiesQuorum(policy, new Set(['X1', 'X2', 'X3']))).toBe(false);
    expect(satisfiesQuorum(policy, new Set(['X1', 'Y1', 'Y2']))).toBe(false);
    expect(policyOf(formatPolicy(policy))).toEqual(policy);
  });

  test('may want one witness, or none', () => {
    const one = policyOf(`witness w ${keyOf('w')}\nquorum w\n`);
    expect([satisfiesQuorum(one, new Set()), satisfiesQuorum(one, new Set(['w']))]).toEqual([false, true]);
    expect(satisfiesQuorum(policyOf('quorum none\n'), new Set())).toBe(true);
  });

  const witness = `witness w ${keyOf('w')}\n`;
  test.each([
    ['', 'policy: malformed'],
    ['quorum none', 'policy: malformed'],
    ['\n', 'policy: malformed'],
    ['quorum none\r\n', 'policy: malformed'],
    [`quorum none\n#\u007f\n`, 'policy: malformed'],
    ['quorum none\nquorum none\n', 'line 2: duplicate'],
    ['quorum\n', 'line 1: malformed'],
    ['quorum none none\n', 'line 1: malformed'],
    ['quorum w\n', 'line 1: quorum: unknown-name'],
    ['trust everybody\n', 'line 1: malformed'],
    ['log\n', 'line 1: malformed'],
    [`log ${log} url more\n`, 'line 1: malformed'],
    [`log ${log}\nlog ${log}\n`, 'line 2: log key: duplicate'],
    [`log ${keyOf('w')}\n`, 'line 1: log key type: unsupported-key-type'],
    [`log ${log.replace('example', 'exampel')}\n`, 'line 1: log key id: key-id-mismatch'],
    ['log key\n', 'line 1: log key: malformed'],
    [`witness w ${log}\n`, 'line 1: witness key type: unsupported-key-type'],
    [`witness w\n`, 'line 1: malformed'],
    [`witness none ${keyOf('w')}\n`, 'line 1: name: duplicate'],
    [`${witness}witness w ${keyOf('v')}\n`, 'line 2: name: duplicate'],
    [`${witness}witness v ${keyOf('w')}\n`, 'line 2: witness key: duplicate'],
    [`${witness}group g 1\n`, 'line 2: malformed'],
    [`${witness}group g 1 v\n`, 'line 2: member: unknown-name'],
    [`${witness}group g 1 none\n`, 'line 2: member: unknown-name'],
    [`${witness}group g 1 g\n`, 'line 2: member: unknown-name'],
    [`${witness}group g 1 w w\n`, 'line 2: member: duplicate'],
    [`${witness}group g 1 w\ngroup h 1 w\n`, 'line 3: member: duplicate'],
    [`${witness}group w 1 w\n`, 'line 2: name: duplicate'],
    ...['0', '2', '01', '-1', 'some', '1.0'].map((k) => [
      `${witness}group g ${k} w\n`,
      'line 2: threshold: out-of-range',
    ]),
    ['\n'.repeat(POLICY_LINES_MAX + 1), 'policy: too-large'],
  ] as [string, string][])('%j is refused with %s', (text, reason) => {
    expect(reasonOf(text)).toBe(reason);
  });
});
