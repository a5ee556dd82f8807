/** What a node keeps of a cosigner that signed two roots for one size: enough for anybody to convict it. */
import { expect, test } from 'vitest';
import { pino } from 'pino';
import { cosign, networkKeys, checkpointTextOf, parseNote, verifyNote, type Cosignature } from '@tangle/core/log';
import type { Digest } from '@tangle/core/ids';
import { testNetwork } from '@tangle/core/testing';
import { RunningNode, type RunningNodeOptions } from '../../src/running-node.js';

const network = testNetwork({ weights: [1, 1, 1, 1] });
const { genesis, crypto, cosigners } = network;
const keys = networkKeys(genesis, crypto);

function signed(root: string): Cosignature {
  const head = { size: 7, root: root.repeat(64) as Digest };
  return { ...head, validator: 2, signature: cosign(checkpointTextOf(head, keys.origin), 1n, cosigners[2]!) };
}

test('two signed checkpoints, each verifiable with the genesis', () => {
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) });
  // Nothing of a machine is touched by this listener.
  const node = new RunningNode({ genesis, crypto, log } as RunningNodeOptions);
  node.onCosignerEquivocation({ validator: 2, first: signed('a'), second: signed('b') });
  const { validator, size, notes } = JSON.parse(lines[0]!) as { validator: string; size: number; notes: string[] };
  expect([validator, size, new Set(notes).size]).toEqual([genesis.committee.validators[2]!.name, 7, 2]);
  for (const text of notes) {
    const note = parseNote(text);
    const verified = note.ok ? verifyNote(note.value, keys.cosignerKeys, crypto) : note;
    expect(verified.ok && verified.value.map(({ key }) => key.name)).toEqual([keys.cosignerKeys[2]!.name]);
  }
});
