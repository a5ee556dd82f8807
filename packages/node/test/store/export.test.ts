/** The lines of `tangle export`: their form, their order, and that they show one moment. */
import type { ExportLine, LevelStore } from '../../src/store/index.js';
import { toHex } from '@tangle/core/codec';
import { deviceIdOfIssuer } from '@tangle/core/model';
import { expect, test } from 'vitest';
import { openLevelStore } from '../../src/store/index.js';
import { crypto, genesis, Script, temporaryDirectory } from './fixtures.js';

async function filled(turns: number): Promise<{ store: LevelStore; script: Script }> {
  const store = await openLevelStore({ directory: await temporaryDirectory(), genesis, crypto });
  const script = new Script(11);
  for (let turn = 0; turn < turns || script.pending.length < 2; turn++) {
    await store.write(script.turn());
  }
  return { store, script };
}

async function collect(lines: AsyncIterable<ExportLine>): Promise<ExportLine[]> {
  const collected: ExportLine[] = [];
  for await (const line of lines) {
    collected.push(line);
  }
  return collected;
}

test('an export holds every accepted object in the agreed form, and JSON changes nothing of it', async () => {
  const { store, script } = await filled(200);
  const lines = await collect(store.exportLines(genesis));
  expect(JSON.parse(JSON.stringify(lines))).toEqual(lines);

  expect(lines[0]).toEqual({
    kind: 'genesis',
    hash: genesis.hash,
    id: genesis.hash,
    committee: genesis.committee.validators.map(({ statementKey, weight }) => ({ key: toHex(statementKey), weight })),
    params: { time: '1700000000000', maxTips: 1_024, maxPayload: 32_768, snapshotInterval: 256, epochRounds: 0 },
  });

  const transactions = lines.filter((line) => line.kind === 'transaction');
  const expected = script.transactions.map(({ id, issuer, sequence, timestampMs, parents, bytes }) => ({
    kind: 'transaction',
    id,
    issuer: deviceIdOfIssuer(issuer),
    sequence: String(sequence),
    timestamp: String(timestampMs),
    parents,
    bytes: Buffer.from(bytes).toString('base64'),
  }));
  expect(new Set(transactions.map(({ id }) => id)).size).toBe(expected.length);
  // The script finalises in order of acceptance, so the total order is that of the script.
  expect(transactions).toEqual(expected);

  const statements = lines.filter((line) => line.kind === 'statement');
  expect(statements).toEqual(
    script.statements.map(({ id, epoch, round, author, timestampMs, self, prev, tips }) => ({
      kind: 'statement',
      id,
      epoch,
      round,
      author: toHex(genesis.committee.validators[author]!.statementKey),
      timestamp: String(timestampMs),
      self,
      prev,
      tips,
    })),
  );

  const commits = lines.filter((line) => line.kind === 'commit');
  expect(commits.map(({ index }) => index)).toEqual(
    Array.from({ length: script.head!.index }, (_, index) => index + 1),
  );
  const third = (await store.commit(3))!;
  expect(commits[2]).toEqual({
    kind: 'commit',
    index: 3,
    leader: third.leader,
    time: String(third.timeMs),
    ids: third.entries.map(({ id }) => id),
    digest: third.digest,
    stateDigest: third.stateDigest,
  });
  expect(commits[3]).toMatchObject({ stateDigest: null });

  const kinds = lines.map(({ kind }) => kind).filter((kind, index, all) => kind !== all[index - 1]);
  expect(kinds).toEqual(['genesis', 'transaction', 'statement', 'commit']);
  await store.close();
});

test('an export under way does not see what the node writes meanwhile', async () => {
  const { store, script } = await filled(100);
  const before = await collect(store.exportLines(genesis));
  const running = store.exportLines(genesis);
  const lines = [(await running.next()).value as ExportLine];
  for (let turn = 0; turn < 20; turn++) {
    await store.write(script.turn());
  }
  lines.push(...(await collect(running)));
  expect(lines).toEqual(before);
  await store.close();
});

test('an export that is given up frees its snapshot, so that the store can close', async () => {
  const { store } = await filled(50);
  for await (const line of store.exportLines(genesis)) {
    expect(line.kind).toBe('genesis');
    break;
  }
  await store.close();
});
