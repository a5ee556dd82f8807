/**
 * A node on a disk that fails: disk-faults.test.ts runs this under strace. Starts the node of a network of one, writes
 * transactions of its administrator, stops it, and does it once more; says on stdout what it was promised. Runs the built
 * package, so that no compiler's files are among those that fail.
 */
/* oxlint-disable typescript/no-unsafe-call -- plain JavaScript has no types to check by */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { pino } from 'pino';
import { fromHex } from '@tangle/core/codec';
import { PAYLOAD_TYPE, signTransaction, SUITE_ED25519 } from '@tangle/core/model';
import { sodiumCrypto, sodiumSigner, startNode } from '@tangle/node';
import { loadConfig } from '@tangle/node/config';

const LARGE_PAYLOAD_BYTES = 30_000;
const AT_ONCE = 40;
/** sysexits(3): an input or output error, an error of the software. */
const EXIT_DISK = 74;
const EXIT_SOFTWARE = 70;

const [, , configFile, adminKeyFile, firstSequence, largeTransactions] = process.argv;
const signer = sodiumSigner(fromHex(JSON.parse(readFileSync(adminKeyFile, 'utf8')).secretKey));
let sequence = BigInt(firstSequence);

function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function write({ node, genesis }, payloadBytes) {
  const transaction = signTransaction(
    {
      network: genesis.network,
      suite: SUITE_ED25519,
      issuerKey: signer.publicKey,
      sequence: sequence++,
      timestampMs: Date.now(),
      parents: [genesis.transactionId, genesis.transactionId],
      payloadType: PAYLOAD_TYPE.opaque,
      payload: new Uint8Array(payloadBytes).fill(Number(sequence % 251n)),
    },
    signer,
    sodiumCrypto,
  );
  const answer = await node.submit(transaction.bytes, new Set(['submit', 'admin']));
  if (!answer.ok) throw Object.assign(new Error(answer.reason.detail), { code: answer.reason.code });
  say({ kind: 'acknowledged', id: transaction.id });
}

async function run(config, sizes) {
  const started = await startNode(config, { version: '0.0.0', log: pino({ level: 'silent' }) });
  const unsubscribe = started.node.subscribe((event) => {
    if (event.kind === 'final') say({ kind: 'final', id: event.id, position: event.position });
  });
  try {
    const work = async () => {
      for (let next = 0; next < sizes.length; next += AT_ONCE) {
        await Promise.all(sizes.slice(next, next + AT_ONCE).map((bytes) => write(started, bytes)));
      }
    };
    const failure = await Promise.race([work().then(() => null), started.failed]);
    if (failure !== null) throw failure;
  } finally {
    unsubscribe();
    await started.stop();
  }
}

try {
  const loaded = await loadConfig(configFile);
  const config = { ...loaded, roundSpacingMs: 5, api: { ...loaded.api, port: 0 }, peers: { ...loaded.peers, port: 0 } };
  await run(config, [100, 100, ...Array.from({ length: Number(largeTransactions) }, () => LARGE_PAYLOAD_BYTES)]);
  await run(config, [100, 100, 100]);
  say({ kind: 'done' });
} catch (error) {
  const code = typeof error.code === 'string' ? error.code : 'internal';
  say({ kind: 'failed', code, message: String(error.stack) });
  process.exitCode = code === 'internal' ? EXIT_SOFTWARE : EXIT_DISK;
}
