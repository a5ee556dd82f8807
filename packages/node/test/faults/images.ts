/** Damaged copies of a data directory, and what a store says about everything in them. */
import { spawn, type ChildProcess } from 'node:child_process';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ClassicLevel } from 'classic-level';
import { toHex } from '@tangle/core/codec';
import { genesisToJson, type Genesis } from '@tangle/core/model';
import { keySpaceOf } from '../../src/store/keys.js';

type Random = (below: number) => number;

/** Does one thing to the copy, and says what. */
export async function damage(directory: string, random: Random): Promise<string> {
  return random(2) === 0 ? damageFile(directory, random) : damageRecord(directory, random);
}

async function damageFile(directory: string, random: Random): Promise<string> {
  const folder = path.join(directory, 'ledger');
  const names = (await readdir(folder)).filter((name) => !/^LOCK$|^LOG/.test(name)).sort();
  const sized = await Promise.all(
    names.map(async (name) => ({ name, bytes: await readFile(path.join(folder, name)) })),
  );
  // By size: most of the bytes are in the tables, but every file has its turn.
  const files = sized.filter(({ bytes }) => bytes.length > 0);
  const { name, bytes } = files[random(files.length)]!;
  const place = random(bytes.length);
  let what: string;
  let damaged = Buffer.from(bytes);
  switch (random(4)) {
    case 0:
      damaged[place]! ^= 1 << random(8);
      what = `flips a bit of byte ${place}`;
      break;
    case 1:
      damaged = damaged.subarray(0, place);
      what = `is cut to ${place} of ${bytes.length} bytes`;
      break;
    case 2:
      damaged.subarray(place, place + 4_096).fill(0);
      what = `has zeros from byte ${place} on`;
      break;
    default: {
      const other = random(bytes.length);
      const length = Math.min(1 + random(512), bytes.length - Math.max(place, other));
      bytes.copy(damaged, place, other, other + length);
      bytes.copy(damaged, other, place, place + length);
      what = `has ${length} bytes at ${place} and ${other} exchanged`;
    }
  }
  await writeFile(path.join(folder, name), damaged);
  return `${name} ${what}`;
}

async function damageRecord(directory: string, random: Random): Promise<string> {
  const location = path.join(directory, 'ledger');
  const database = new ClassicLevel<Uint8Array, Uint8Array>(location, { keyEncoding: 'view', valueEncoding: 'view' });
  try {
    const records = await database.iterator().all();
    // Key spaces have their turn, not records: most of those are of two or three spaces.
    const spaces = [...new Set(records.map(([key]) => keySpaceOf(key)))];
    const space = spaces[random(spaces.length)]!;
    const own = records.filter(([key]) => keySpaceOf(key) === space);
    const [key, value] = own[random(own.length)]!;
    const name = `${space} record ${toHex(key)}`;
    switch (random(4)) {
      case 0: {
        const flipped = Uint8Array.from(value);
        flipped[random(value.length)]! ^= 1 << random(8);
        await database.put(key, flipped);
        return `${name} has a bit flipped`;
      }
      case 1:
        await database.put(key, value.subarray(0, random(value.length)));
        return `${name} is cut`;
      case 2: {
        const [otherKey, otherValue] = own[random(own.length)]!;
        await database.batch([
          { type: 'put', key, value: otherValue },
          { type: 'put', key: otherKey, value },
        ]);
        return `${name} is exchanged with ${toHex(otherKey)}`;
      }
      default:
        await database.del(key);
        return `${name} is gone`;
    }
  } finally {
    await database.close();
  }
}

/** What is answered to each question, in text; a list item by item, an error by its code. */
export type Answers = ReadonlyMap<string, readonly string[]>;

/** Everything there is to ask of a store. */
export interface Questions {
  readonly transactions: readonly string[];
  readonly statements: readonly string[];
  readonly commits: number;
  readonly issuers: readonly string[];
  readonly size: number;
  /** The newest statement of the one validator. */
  readonly newest: string;
}

/** What another process found in a damaged directory; see image-process.js. */
export type Examined =
  /** The node would not start, or it answered. */
  | {
      readonly kind: 'examined';
      readonly findingCount: number;
      readonly startError: string | null;
      readonly repairs: number;
      readonly answers: Answers | null;
    }
  /** LevelDB took the process with it. */
  | { readonly kind: 'died' };

/** Examines directories in a process of its own, and in a new one after a death. */
export class Examiner {
  readonly #genesis: object;
  #process: ChildProcess | null = null;

  constructor(genesis: Genesis) {
    this.#genesis = genesisToJson(genesis);
  }

  async questions(directory: string): Promise<{ readonly questions: Questions; readonly answers: Answers }> {
    const answer = await this.#ask({ kind: 'questions', directory });
    if (answer === null) throw new Error('the process died of an undamaged directory');
    return answer as { questions: Questions; answers: Answers };
  }

  /** @param other a second copy of the same, for the check that a start might disturb. */
  async examine(directory: string, other: string, questions: Questions): Promise<Examined> {
    return ((await this.#ask({ kind: 'examine', directory, other, questions })) as Examined | null) ?? { kind: 'died' };
  }

  stop(): void {
    this.#process?.kill('SIGKILL');
    this.#process = null;
  }

  async #ask(message: object): Promise<object | null> {
    this.#process ??= spawn(process.execPath, [SCRIPT_FILE], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    const child = this.#process;
    return new Promise((resolve, reject) => {
      const onExit = (): void => {
        this.#process = null;
        resolve(null);
      };
      child.once('exit', onExit);
      child.once('message', (answer: { readonly kind: string; readonly what?: string }) => {
        child.off('exit', onExit);
        if (answer.kind === 'failed') reject(new Error(answer.what));
        else resolve(answer);
      });
      child.send({ ...message, genesis: this.#genesis });
    });
  }
}

const SCRIPT_FILE = fileURLToPath(new URL('./image-process.js', import.meta.url));

export type Comparison =
  | { readonly kind: 'equal' }
  /** Every difference is an error with a code, or something that is not there. */
  | { readonly kind: 'noticed' | 'missing'; readonly question: string }
  /** Something else than was written, given out as good. */
  | { readonly kind: 'wrong'; readonly question: string; readonly found: string };

export function compare(found: Answers, expected: Answers): Comparison {
  let worst: Comparison = { kind: 'equal' };
  for (const [question, answer] of expected) {
    const now = found.get(question) ?? [];
    if (now.length === 1 && now[0]!.startsWith('error ')) {
      if (worst.kind !== 'missing') worst = { kind: 'noticed', question };
      continue;
    }
    const known = new Set(answer);
    const foreign = now.find((item) => !known.has(item));
    if (foreign !== undefined) return { kind: 'wrong', question, found: foreign.slice(0, 300) };
    if (now.length !== answer.length) worst = { kind: 'missing', question };
  }
  return worst;
}

export async function copyOf(directory: string, to: string): Promise<string> {
  await cp(directory, to, { recursive: true });
  return to;
}
