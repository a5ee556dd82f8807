/**
 * A process that opens damaged directories: LevelDB, which checks no block that it reads, may end it with a signal. Runs the
 * built package, so that nothing here has to be compiled.
 */
/* oxlint-disable typescript/no-unsafe-call, typescript/no-unsafe-return, typescript/use-unknown-in-catch-callback-variable -- plain JavaScript has no types to check by */
import process from 'node:process';
import { toHex } from '@tangle/core/codec';
import { nobleCrypto } from '@tangle/core/crypto';
import { parseGenesis } from '@tangle/core/model';
import { fsck, openLevelStore, StoreError } from '@tangle/node/store';

const EVERYTHING = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };

let genesis;

async function handle(message) {
  genesis ??= parseGenesis(message.genesis, nobleCrypto).value;
  switch (message.kind) {
    case 'questions': {
      const store = await openLevelStore({ directory: message.directory, genesis, crypto: nobleCrypto });
      const questions = await questionsOf(store);
      const answers = await ask(store, questions);
      await store.close();
      return { kind: 'answered', questions, answers };
    }
    case 'examine':
      return examine(message);
    default:
      throw new Error(`unknown message ${message.kind}`);
  }
}

async function examine({ directory, other, questions }) {
  const findingCount = await fsck({ directory: other, genesis, crypto: nobleCrypto }).then(
    (report) => report.findingCount,
    (error) => {
      if (error instanceof StoreError) return 1;
      throw error;
    },
  );
  let repairs = 0;
  let store;
  try {
    store = await openLevelStore({ directory, genesis, crypto: nobleCrypto, onRepair: () => void repairs++ });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return { kind: 'examined', findingCount, startError: error.message, repairs, answers: null };
  }
  const answers = await ask(store, questions);
  await store.close();
  return { kind: 'examined', findingCount, startError: null, repairs, answers };
}

/** What there is to ask, read off an undamaged store. */
async function questionsOf(store) {
  const transactions = [];
  const statements = [];
  for await (const line of store.exportLines(genesis)) {
    if (line.kind === 'transaction') transactions.push(line.id);
    if (line.kind === 'statement') statements.push(line.id);
  }
  const issuers = new Set((await store.finalAfter(-1, 1_000_000)).map(({ issuer }) => issuer));
  const head = await store.head();
  const newest = toHex(await store.newestStatementOf(0, 0));
  return { transactions, statements, commits: head.index, issuers: [...issuers], size: head.logSize, newest };
}

/** Asks every question; an answer that is an error is the error's code, for it was noticed. */
async function ask(store, questions) {
  const { size } = questions;
  const answers = new Map();
  const put = async (question, answer) => {
    try {
      const found = await answer();
      answers.set(question, found.filter((item) => item !== undefined && item !== null).map(textOf));
    } catch (error) {
      if (typeof error.code !== 'string') throw error;
      answers.set(question, [`error ${error.code}`]);
    }
  };
  await put('recover', async () => {
    const { head, state, pending, statements, guard, doubtful } = await store.recover();
    return [head, guard, doubtful, ...state, ...[...pending, ...statements].map(({ id }) => id)];
  });
  // Losing the own newest cosignature costs nothing: the same head is cosigned again, and no other can be.
  await put('recover log', async () => {
    const { head, certified, published } = await store.recoverLog();
    return [head, certified, published];
  });
  for (const id of questions.transactions) {
    await put(`transaction ${id}`, async () => [await store.transaction(id), await store.final(id)]);
  }
  for (const id of questions.statements) {
    await put(`statement ${id}`, async () => [await store.statement(id)]);
    await put(`finished ${id}`, async () => [store.history.statement(id)]);
  }
  for (let index = 1; index <= questions.commits; index++) {
    await put(`commit ${index}`, async () => [await store.commit(index)]);
  }
  // An older one is no lie of its bytes: it is that the newest is missing.
  await put('newest statement', async () => {
    const newest = await store.newestStatementOf(0, 0);
    return newest !== undefined && toHex(newest) === questions.newest ? ['it is'] : [];
  });
  await put('finals', () => store.finalAfter(-1, 1_000_000));
  for (const issuer of questions.issuers) {
    await put(`readings ${issuer}`, async () => (await store.readings(issuer, EVERYTHING, null, 100_000)).items);
    await put(`range ${issuer}`, async () => (await store.log.range(issuer, EVERYTHING, size, null, 100_000)).items);
  }
  for (let index = 0; index * 256 < size; index++) {
    const width = Math.min(256, size - index * 256);
    await put(`entries ${index}`, async () => [await store.log.entries({ index, width }, size)]);
    await put(`tile ${index}`, async () => [await store.log.tile({ level: 0, index, width }, size)]);
  }
  await put('export', async () => {
    const lines = [];
    for await (const line of store.exportLines(genesis)) lines.push(line);
    return lines;
  });
  return answers;
}

function textOf(value) {
  return JSON.stringify(value, (_key, each) => {
    if (typeof each === 'bigint') return `${each}n`;
    return each instanceof Uint8Array ? toHex(each) : each;
  });
}

process.on('message', (message) => {
  handle(message).then(
    (answer) => process.send(answer),
    (error) => process.send({ kind: 'failed', what: error.stack }),
  );
});
