/**
 * The costs a transaction is made of, side by side in one run: read them as ratios to one libsodium verify or one
 * SHA-256, not as absolute times.
 */
import { Bench } from 'tinybench';
import { decodeTransaction } from '@tangle/core/codec';
import { nobleCrypto, nobleSigner, signingMessage } from '@tangle/core/crypto';
import type { NetworkId, TransactionId } from '@tangle/core/ids';
import { PAYLOAD_TYPE, signTransaction, SUITE_ED25519 } from '@tangle/core/model';
import { signedPartOf } from '@tangle/core/codec';
import { sodiumCrypto } from '@tangle/node';
import { packRow, unpackReadings } from '@tangle/telemetry';
import { createRandom, createSelector } from '@tangle/tip-selection';

export interface MicroResult {
  readonly benchmark: 'micro';
  readonly tasks: readonly { readonly name: string; readonly meanMicroseconds: number; readonly perVerify: number }[];
}

const VERIFY = 'verify R1, libsodium';

export async function benchMicro(): Promise<MicroResult> {
  const signer = nobleSigner(new Uint8Array(32).fill(7));
  const payload = packRow(1_524_744_600_000, { TS1: 55.836, TS2: 60.336, TS3: 57.191, TS4: 50.766 });
  const transaction = signTransaction(
    {
      network: '0011223344556677' as NetworkId,
      suite: SUITE_ED25519,
      issuerKey: signer.publicKey,
      sequence: 1n,
      timestampMs: 1_524_744_600_000,
      parents: ['aa'.repeat(32) as TransactionId, 'bb'.repeat(32) as TransactionId],
      payloadType: PAYLOAD_TYPE.telemetry,
      payload,
    },
    signer,
    sodiumCrypto,
  );
  const message = signingMessage('tx', signedPartOf(transaction.bytes));
  const bench = new Bench({ time: 500, warmupTime: 100 });
  bench
    .add(VERIFY, () => sodiumCrypto.verifyEd25519(signer.publicKey, message, transaction.signature))
    .add('verify R1, noble', () => nobleCrypto.verifyEd25519(signer.publicKey, message, transaction.signature))
    .add('SHA-256 of a transaction', () => sodiumCrypto.sha256(transaction.bytes))
    .add('decode a transaction', () => decodeTransaction(transaction.bytes, sodiumCrypto))
    .add('unpack four readings', () => unpackReadings(payload));
  addTipSelection(bench);
  await bench.run();

  const mean = (name: string): number => {
    const result = bench.getTask(name)?.result;
    return result?.state === 'completed' ? result.latency.mean * 1_000 : Number.NaN;
  };
  return {
    benchmark: 'micro',
    tasks: bench.tasks.map(({ name }) => ({
      name,
      meanMicroseconds: mean(name),
      perVerify: mean(name) / mean(VERIFY),
    })),
  };
}

/** A draw and the update that follows, at a pool of about 2,000 tips. */
function addTipSelection(bench: Bench): void {
  const selector = createSelector('uniform');
  const random = createRandom('bench');
  let next = 0;
  const attach = (parents: readonly [TransactionId, TransactionId]): void => {
    const id = next.toString(16).padStart(64, '0') as TransactionId;
    selector.onAttach({ id, issuer: `device ${next % 1_000}`, parents, round: 1 });
    next++;
  };
  const none = 'f'.repeat(64) as TransactionId;
  while (selector.stats().eligible < 2_000) attach([none, none]);
  bench.add('select two tips and attach, pool of 2,000', () => {
    const [first = none, second = none] = selector.select({ random });
    attach([first, second]);
    attach([none, none]);
  });
}
