/** What a killed process, a full disk and a second process leave of a data directory. Real processes, real signals. */
import type { StoreRecord } from '../../src/replica/ports.js';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import process from 'node:process';
import { describe, expect, onTestFinished, test } from 'vitest';
import { MemoryDisk, MemoryStore } from '../../src/replica/memory-store.js';
import { markFirstStart, openLevelStore } from '../../src/store/index.js';
import { answersOf, crypto, genesis, randomFrom, Script, temporaryDirectory } from './fixtures.js';

type Answer =
  | { readonly kind: 'opened' }
  | { readonly kind: 'written'; readonly batch: number }
  | { readonly kind: 'failed'; readonly code: string };

const SCRIPT_FILE = fileURLToPath(new URL('./writer-process.js', import.meta.url));
/** Batches handed over and not yet acknowledged: keeps the process writing without a pause. */
const WINDOW = 16;

class Writer {
  readonly #process: ChildProcess;
  readonly #answers: Answer[] = [];
  #wake: () => void = () => undefined;

  /** @param fileBlocksMax what `ulimit -f` allows each file, in blocks of 512 or 1,024 bytes. */
  constructor(directory: string, fileBlocksMax?: number) {
    const node = [process.execPath, SCRIPT_FILE] as const;
    const limited = ['sh', '-c', `ulimit -f ${fileBlocksMax} && exec "$0" "$1"`, ...node] as const;
    const [command, ...parameters] = fileBlocksMax === undefined ? node : limited;
    this.#process = spawn(command, parameters, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    this.#process.on('message', (answer) => {
      this.#answers.push(answer as Answer);
      this.#wake();
    });
    onTestFinished(() => void this.#process.kill('SIGKILL'));
    const weights = genesis.committee.validators.map(({ weight }) => weight);
    this.send({ kind: 'open', directory, genesis: { hash: genesis.hash, weights } });
  }

  send(message: object): void {
    this.#process.send(message);
  }

  write(batch: number, records: readonly StoreRecord[]): void {
    this.send({ kind: 'write', batch, records });
  }

  async answer(): Promise<Answer> {
    while (this.#answers.length === 0) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#answers.shift()!;
  }

  /** Kills it and hands out what it still managed to say. */
  async kill(): Promise<readonly Answer[]> {
    const closed = once(this.#process, 'close');
    this.#process.kill('SIGKILL');
    await closed;
    return this.#answers;
  }
}

/** What the directory holds is what some number of whole batches makes, at least the acknowledged ones. */
async function expectWholeBatches(
  directory: string,
  batches: readonly (readonly StoreRecord[])[],
  script: Script,
  acknowledged: number,
): Promise<void> {
  const store = await openLevelStore({ directory, genesis, crypto });
  const found = await answersOf(store, script);
  // Every batch has one guard, and its round is the number of the batch.
  const count = (await store.recover()).guard?.round ?? 0;
  await store.close();
  expect(count).toBeGreaterThanOrEqual(acknowledged);
  const model = new MemoryDisk({ firstStart: true });
  for (const batch of batches.slice(0, count)) {
    model.apply(batch);
  }
  expect(found).toEqual(await answersOf(new MemoryStore({ disk: model }), script));
}

/** Replay: STORE_SEED=n npx vitest run packages/node/test/store/crash.test.ts */
const seed = Number(process.env['STORE_SEED'] ?? Date.now() % 1_000_000);

describe('a data directory', () => {
  test(`holds whole batches and all acknowledged ones after SIGKILL under load, STORE_SEED=${seed}`, async () => {
    const directory = await temporaryDirectory();
    await markFirstStart(directory);
    const random = randomFrom(seed);
    const script = new Script(seed);
    const batches: (readonly StoreRecord[])[] = [];
    let durable = 0;
    for (let kill = 0; kill < 6; kill++) {
      const writer = new Writer(directory);
      expect(await writer.answer()).toEqual({ kind: 'opened' });
      let sent = durable;
      const until = durable + 1 + random(60);
      while (durable < until) {
        for (; sent < durable + WINDOW; sent++) {
          batches[sent] ??= script.turn();
          writer.write(sent, batches[sent]!);
        }
        expect(await writer.answer()).toEqual({ kind: 'written', batch: durable });
        durable++;
      }
      durable += (await writer.kill()).length;
      await expectWholeBatches(directory, batches, script, durable);
      // What was written and not acknowledged is there all the same; the next process goes on after it.
      const store = await openLevelStore({ directory, genesis, crypto });
      durable = (await store.recover()).guard!.round;
      await store.close();
    }
  }, 120_000);

  test('is refused to a second process, and free again when the first was killed', async () => {
    const directory = await temporaryDirectory();
    const first = new Writer(directory);
    expect(await first.answer()).toEqual({ kind: 'opened' });
    const second = new Writer(directory);
    expect(await second.answer()).toEqual({ kind: 'failed', code: 'data-directory-in-use' });
    const own = openLevelStore({ directory, genesis, crypto });
    await expect(own).rejects.toMatchObject({ code: 'data-directory-in-use' });
    await first.kill();
    await (await openLevelStore({ directory, genesis, crypto })).close();
  });

  test.skipIf(process.platform === 'win32')(
    'that the disk refuses to write to stops the store, and keeps what was acknowledged',
    async () => {
      const directory = await temporaryDirectory();
      await markFirstStart(directory);
      const script = new Script(5);
      const batches: (readonly StoreRecord[])[] = [];
      const writer = new Writer(directory, 64);
      expect(await writer.answer()).toEqual({ kind: 'opened' });
      let answer: Answer;
      do {
        batches.push(script.turn());
        writer.write(batches.length - 1, batches.at(-1)!);
        answer = await writer.answer();
      } while (answer.kind === 'written');
      expect(answer).toEqual({ kind: 'failed', code: 'disk-failed' });
      writer.write(batches.length, []);
      expect(await writer.answer()).toEqual({ kind: 'failed', code: 'disk-failed' });
      await writer.kill();
      await expectWholeBatches(directory, batches, script, batches.length - 1);
    },
  );
});
