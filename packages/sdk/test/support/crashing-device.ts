/** A process that keeps submissions in a directory outbox as fast as it can until it is killed. Prints what is kept. */
import { directoryOutbox } from '@tangle/sdk/node';
import { deviceIdOf } from '@tangle/core/model';
import type { NetworkId, TransactionId } from '@tangle/core/ids';

const [directory = '', network = ''] = process.argv.slice(2);
const outbox = directoryOutbox(directory);
const device = deviceIdOf(1, Uint8Array.from(Buffer.from(process.argv[4] ?? '', 'hex')));
const state = await outbox.open({ device, network: network as NetworkId });
let sequence = (state.highestSequence ?? 0n) + 1n;
for (;;) {
  const group = Array.from({ length: 8 }, () => {
    const own = sequence++;
    const id = own.toString(16).padStart(64, '0') as TransactionId;
    const source = { name: 'rows', position: Number(own) };
    return outbox.append(own, { id, bytes: new Uint8Array(700).fill(Number(own % 251n)) }, source).then(() => own);
  });
  const kept = await Promise.all(group);
  for (const own of kept) if (own % 3n === 0n) outbox.settle(own);
  process.stdout.write(`${kept.at(-1)}\n`);
}
