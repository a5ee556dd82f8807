/**
 * Damaged data directories: whatever happened to a record, a table, the write-ahead log or the manifest is found at the
 * start, on reading or by `fsck`, and nothing is given out that was not written.
 *
 * `npm run corrupt -- --images 500 --seed 7` tries more of them than the tests do. A copy that got through is kept.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packReadings } from '@tangle/telemetry';
import { PAYLOAD_TYPE } from '@tangle/core/model';
import { expect, onTestFinished, test } from 'vitest';
import { sodiumCrypto as crypto } from '../../src/crypto/index.js';
import { fsck } from '../../src/store/index.js';
import { createNetwork, statusIs, Writer, type Network } from '../log/started-node.js';
import { randomFrom } from '../store/fixtures.js';
import { compare, copyOf, damage, Examiner, type Answers, type Examined } from './images.js';

const IMAGES = Number(process.env['CORRUPT_IMAGES'] ?? 20);
const SEED = Number(process.env['CORRUPT_SEED'] ?? Date.now() % 1_000_000);

/** A ledger over several starts, so that there are tables as well as a log; stopped. */
async function writtenNetwork(): Promise<Network> {
  const network = await createNetwork();
  let started = await network.start();
  const device = await Writer.registered(network, started);
  for (let start = 0; start < 3; start++) {
    for (let round = 0; round < 3; round++) {
      const payloads = Array.from({ length: 30 }, (_, index) =>
        packReadings([{ name: 'TS1', value: index, timeMs: Date.now() + index }]),
      );
      const ids = await Promise.all(payloads.map((each) => device.write(started, each, PAYLOAD_TYPE.telemetry)));
      await statusIs(started, ids.at(-1)!, 'certified');
    }
    await started.stop();
    if (start < 2) started = await network.start();
  }
  return network;
}

/** How the damage came to light. */
type Outcome = 'at the start' | 'on reading' | 'by fsck' | 'made again' | 'the process died' | 'harmless';

/** Throws where it did not, and something else than was written was given out, or something was silently missing. */
function outcomeOf(examined: Examined, expected: Answers): Outcome {
  if (examined.kind === 'died') return 'the process died';
  const { findingCount, startError, repairs, answers } = examined;
  const mustFind = (why: string): void => expect(findingCount, `fsck finds nothing where ${why}`).toBeGreaterThan(0);
  if (answers === null) {
    mustFind(`the start says ${startError}`);
    return 'at the start';
  }
  const comparison = compare(answers, expected);
  switch (comparison.kind) {
    case 'wrong':
      throw new Error(`${comparison.question} is answered with ${comparison.found}`);
    case 'noticed':
      mustFind(`${comparison.question} is an error`);
      return 'on reading';
    case 'missing':
      mustFind(`the answer to ${comparison.question} is missing`);
      return 'by fsck';
    case 'equal':
      if (repairs > 0) return 'made again';
      return findingCount > 0 ? 'by fsck' : 'harmless';
  }
}

test(
  `${IMAGES} damaged copies are found out, CORRUPT_SEED=${SEED}`,
  async () => {
    const { genesis, dataDirectory } = await writtenNetwork();
    expect((await fsck({ directory: dataDirectory, genesis, crypto })).findings).toEqual([]);
    const examiner = new Examiner(genesis);
    onTestFinished(() => examiner.stop());
    const { questions, answers } = await examiner.questions(dataDirectory);

    const outcomes = new Map<Outcome, number>();
    for (let image = 0; image < IMAGES; image++) {
      const folder = await mkdtemp(path.join(tmpdir(), 'tangle-image-'));
      const copy = await copyOf(dataDirectory, path.join(folder, 'copy'));
      const what = await damage(copy, randomFrom(SEED * 100_003 + image));
      const other = await copyOf(copy, path.join(folder, 'other'));
      const kept = await copyOf(copy, path.join(folder, 'kept'));
      const examined = await examiner.examine(copy, other, questions);
      try {
        const outcome = outcomeOf(examined, answers);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      } catch (error) {
        // Keys and times of the ledger are new in every run, so the image itself is what can be looked at again.
        throw new Error(`image ${image}, ${what}: ${String(error)}\nkept: ${kept}`, { cause: error });
      }
      await rm(folder, { recursive: true, force: true });
    }
    if (process.env['CORRUPT_IMAGES'] !== undefined) process.stdout.write(`${JSON.stringify([...outcomes])}\n`);
  },
  60_000 + IMAGES * 30_000,
);
