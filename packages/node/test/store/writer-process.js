/**
 * A process with a store of its own, for crash.test.ts to kill. Runs the built package: the batches come ready-made over
 * IPC, so that nothing here has to be compiled.
 */
/* oxlint-disable typescript/no-unsafe-call, typescript/no-unsafe-return, typescript/use-unknown-in-catch-callback-variable -- plain JavaScript has no types to check by */
import process from 'node:process';
import { nobleCrypto } from '@tangle/core/crypto';
import { openLevelStore } from '@tangle/node/store';

let store;
let queue = Promise.resolve();

async function handle(message) {
  switch (message.kind) {
    case 'open':
      store = await openLevelStore({
        directory: message.directory,
        genesis: { hash: message.genesis.hash, committee: committeeOf(message.genesis.weights) },
        crypto: nobleCrypto,
      });
      return { kind: 'opened' };
    case 'write':
      await store.write(message.records);
      return { kind: 'written', batch: message.batch };
    default:
      throw new Error(`unknown message ${message.kind}`);
  }
}

/** As much of a committee as a store looks at. */
function committeeOf(weights) {
  const validators = weights.map((weight, index) => ({ index, weight }));
  return { validators, weightOf: (index) => weights[index] };
}

process.on('message', (message) => {
  queue = queue
    .then(() => handle(message))
    .then(
      (answer) => process.send(answer),
      (error) => process.send({ kind: 'failed', code: error.code }),
    );
});
