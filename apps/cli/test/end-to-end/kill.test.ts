/**
 * Real processes under load, killed with -9 at any moment (PROTOCOL 9): nothing that a client saw final is lost or moved,
 * no validator signs twice for a round, and the exported DAG, judged from scratch, gives the same commits.
 *
 * `npm run soak:kill -- --rounds 200` does the same for longer. Replay:
 * KILL_ROUNDS=20 KILL_SEED=7 npx vitest run apps/cli/test/end-to-end/kill.test.ts
 */
import { createReadStream } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { nobleCrypto } from '@tangle/core/crypto';
import { evaluateExport, type ReferenceLine } from '@tangle/core/testing';
import { sodiumCrypto } from '@tangle/node';
import { Reader, type FinalResult, type Receipt } from '@tangle/sdk';
import { Administrator, Device, readKeyFile } from '@tangle/sdk/node';
import { createRandom } from '@tangle/tip-selection';
import { tangle, tangleJson, temporaryDirectory } from '../support/tangle.js';
import { eventually, useNetwork } from './network.js';

const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 4);
const SEED = process.env['KILL_SEED'] ?? String(Math.floor(Math.random() * 2 ** 32));
/** Where a line about the run is added once all of it held. */
const RECORD = process.env['KILL_RECORD'];
const FINALS_BETWEEN = 40;
/** Of the larger load: it lasts about as long as the rounds. */
const ROWS_PER_ROUND = 75;
/** A node starts in about so long: a kill falls into the start, or shortly after it. */
const START_MS = 1_000;

const networkOf = useNetwork(4);
let scratch: string;

beforeEach(async () => {
  scratch = await temporaryDirectory();
});

/** Submits all the time, and writes down what it saw final. */
class Client {
  readonly seen = new Map<string, FinalResult>();
  readonly #device: Device;
  readonly #open = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #loop: Promise<void>;

  constructor(device: Device) {
    this.#device = device;
    this.#loop = this.#run();
  }

  async finish(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    await Promise.all(this.#open);
  }

  async #run(): Promise<void> {
    for (let index = 0; !this.#stopping.signal.aborted; index++) {
      const followed = this.#follow(await this.#device.submit({ index }, { time: Date.now() }));
      this.#open.add(followed);
      await Promise.race([followed, new Promise((resolve) => setTimeout(resolve, 20))]);
    }
  }

  async #follow(receipt: Receipt): Promise<void> {
    const result = await receipt.final();
    this.seen.set(result.id, result);
  }
}

test(
  `a cluster under load survives kill -9 of any nodes at any moment (seed ${SEED}, ${ROUNDS} rounds)`,
  { timeout: 120_000 + ROUNDS * 20_000 },
  async () => {
    const network = networkOf();
    const random = createRandom(SEED);
    const administrator = await Administrator.open({
      key: await readKeyFile(network.adminKeyFile),
      genesis: network.genesis,
      nodes: network.urls,
    });
    const keyFile = path.join(scratch, 'device.key');
    await tangleJson('keygen', '--out', keyFile);
    const device = await Device.open({
      key: await readKeyFile(keyFile),
      genesis: network.genesis,
      nodes: network.urls,
      outbox: path.join(scratch, 'outbox'),
      crypto: sodiumCrypto,
    });
    await administrator.register(device.id, { ratePerSecond: 100 });
    const loaderKey = path.join(scratch, 'loader.key');
    const [loader] = await tangleJson('keygen', '--out', loaderKey);
    await administrator.register(String(loader?.['id']), { ratePerSecond: 100 });
    await administrator.close();

    const csv = path.join(scratch, 'load.csv');
    const rows = ROWS_PER_ROUND * ROUNDS;
    await writeFile(
      csv,
      `time,value\n${Array.from({ length: rows }, (_, row) => `${1_600_000_000 + row},${row}`).join('\n')}\n`,
    );
    const source = ['submit', csv, '--key', loaderKey, '--outbox', path.join(scratch, 'loader-outbox')];
    const load = tangle([...source, '--rate', '25', '--wait', 'final', '--json', '--node', network.urls.join(',')]);
    const client = new Client(device);
    let kills = 0;

    for (let round = 0; round < ROUNDS; round++) {
      const first = random() % 4;
      const isPair = random() % 4 === 0;
      const victims = isPair ? [first, (first + 1 + (random() % 3)) % 4] : [first];
      const before = client.seen.size;
      const calm = random() % FINALS_BETWEEN;
      await eventually('the load goes on', () => client.seen.size >= before + calm);
      await Promise.all(victims.map((victim) => network.end(victim, 'SIGKILL')));
      kills += victims.length;
      const killedAt = client.seen.size;
      if (!isPair) {
        await eventually('the other three go on confirming', () => client.seen.size >= killedAt + FINALS_BETWEEN);
      }
      if (random() % 4 === 0) {
        network.launch(first);
        await delay(random() % START_MS);
        await network.end(first, 'SIGKILL');
        kills += 1;
      }
      await Promise.all(victims.map((victim) => network.start(victim)));
      await Promise.all(victims.map((victim) => network.ready(victim)));
    }
    await client.finish();
    await device.close();
    const loaded = await load;
    expect(loaded).toMatchObject({ code: 0 });
    const standing = await network.agreement([0, 1, 2, 3]);

    for (const url of network.urls) {
      const reader = await Reader.open({ genesis: network.genesis, nodes: [url] });
      for (const [id, { position, commitIndex }] of client.seen) {
        const found = await reader.transaction(id);
        expect({ id, position: found?.final?.position, commitIndex: found?.final?.commitIndex }).toEqual({
          id,
          position,
          commitIndex,
        });
      }
      reader.close();
    }
    await Promise.all([0, 1, 2, 3].map((index) => network.end(index, 'SIGTERM')));

    const signed = new Map<string, string>();
    for (const index of [0, 1, 2, 3]) {
      const file = path.join(scratch, `export-${index}.jsonl`);
      const exported = await tangle(['export', '--data', network.directoryOf(index)]);
      expect({ ...exported, stdout: '' }).toMatchObject({ code: 0 });
      await writeFile(file, exported.stdout);
      const lines = await readLines(file);
      const commits = lines.filter((line) => line.kind === 'commit');
      expect(commits.length).toBe(standing.commit.index);
      expect(commits.at(-1)?.digest).toBe(standing.commit.digest);
      for (const line of lines) {
        if (line.kind !== 'statement') continue;
        const slot = `${line.author} ${line.epoch} ${line.round}`;
        expect(signed.get(slot) ?? line.id, `two statements of ${slot}`).toBe(line.id);
        signed.set(slot, line.id);
      }
      expectNumbersUsedOnce(lines);
      const judged = evaluateExport(lines, nobleCrypto).commits;
      expect(judged.map(({ index: at, digest }) => ({ at, digest }))).toEqual(
        commits.map(({ index: at, digest }) => ({ at, digest })),
      );
    }
    if (RECORD === undefined) return;
    const { index: commits, digest } = standing.commit;
    const result = { seed: SEED, rounds: ROUNDS, kills, seenFinal: client.seen.size, loaded: rows, commits, digest };
    await appendFile(RECORD, `${JSON.stringify(result)}\n`);
  },
);

test(
  'with two of four down nothing is confirmed and submissions are kept; all is confirmed after one returns',
  { timeout: 120_000 },
  async () => {
    const network = networkOf();
    const key = await readKeyFile(network.adminKeyFile);
    const device = await Device.open({ key, genesis: network.genesis, nodes: network.urls.slice(0, 2) });
    await (await device.submit({ index: -1 })).accepted();
    await network.agreement([0, 1, 2, 3]);
    await network.end(2, 'SIGKILL');
    await network.end(3, 'SIGKILL');
    const before = await network.info(0);

    const receipts: Receipt[] = [];
    for (let index = 0; index < 20; index++) {
      const receipt = await device.submit({ index });
      await receipt.submitted();
      receipts.push(receipt);
    }
    const stalled = await network.info(0);
    expect(stalled.commit.index).toBe(before.commit.index);
    expect(stalled.pending).toBeGreaterThanOrEqual(20);
    expect(receipts.every(({ status }) => status !== 'final')).toBe(true);

    await network.start(2);
    const finals = await Promise.all(receipts.map((receipt) => receipt.accepted()));
    expect(new Set(finals.map(({ position }) => position)).size).toBe(20);
    await network.start(3);
    await network.agreement([0, 1, 2, 3]);
    await device.close();
  },
);

/** The lines of `tangle export`, with what this test reads of them. */
type ExportLine = Extract<ReferenceLine, { kind: 'genesis' | 'statement' }> | TransactionLine | CommitLine;
type TransactionLine = Extract<ReferenceLine, { kind: 'transaction' }> & {
  readonly issuer: string;
  readonly sequence: string;
};
interface CommitLine {
  readonly kind: 'commit';
  readonly index: number;
  readonly digest: string;
}

async function readLines(file: string): Promise<ExportLine[]> {
  const lines: ExportLine[] = [];
  for await (const line of createInterface({ input: createReadStream(file) })) {
    lines.push(JSON.parse(line) as ExportLine);
  }
  return lines;
}

function expectNumbersUsedOnce(lines: readonly ExportLine[]): void {
  const used = new Map<string, string>();
  for (const line of lines) {
    if (line.kind !== 'transaction') continue;
    const { issuer, sequence, id } = line;
    const number = `${issuer} ${sequence}`;
    expect(used.get(number) ?? id, `number ${number} used twice`).toBe(id);
    used.set(number, id);
  }
}
