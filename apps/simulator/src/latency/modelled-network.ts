/**
 * Keys and genesis of a simulated network, with signatures that cost a hash. Those that sign readings are administrators of
 * the genesis, so that none has to be registered first: what a key may do is no matter of latency.
 */
import { createGenesis } from '@tangle/core/model';
import { invariant, present } from '@tangle/core/assert';
import type { Signer } from '@tangle/core/crypto';
import {
  nullCrypto,
  nullSigner,
  seedOf,
  TEST_GENESIS_MS,
  testDevice,
  type TestDevice,
  type TestNetwork,
} from '@tangle/core/testing';
import { sha256 } from '../sha256.js';

export interface ModelledNetwork extends Pick<TestNetwork, 'genesis' | 'crypto' | 'signers' | 'cosigners'> {
  /** Those that sign readings. */
  readonly issuers: readonly TestDevice[];
}

const crypto = nullCrypto(sha256);
const NAME = 'latency';

const made = new Map<string, ModelledNetwork>();

/** Made once for each size: the genesis checks every key, at about two milliseconds each. */
export function modelledNetwork(nodes: number, issuerCount: number): ModelledNetwork {
  const size = `${nodes} ${issuerCount}`;
  const known = made.get(size) ?? createNetwork(nodes, issuerCount);
  made.set(size, known);
  return known;
}

function createNetwork(nodes: number, issuerCount: number): ModelledNetwork {
  const signersFor = (purpose: string): Signer[] =>
    Array.from({ length: nodes }, (_, index) => modelledSigner(seedOf(`${NAME}/${purpose}/${index}`, crypto)));
  const [signers, cosigners, logSigners] = [signersFor('statement'), signersFor('cosigner'), signersFor('log')];
  const issuers = Array.from({ length: issuerCount }, (_, index) => testDevice(`${NAME}/${index}`, modelledSigner));
  const genesis = createGenesis(
    {
      name: NAME,
      validators: signers.map(({ publicKey }, index) => ({
        name: `v${index}`,
        weight: 1,
        statementKey: publicKey,
        cosignerKey: present(cosigners[index], 'a cosigner for each node').publicKey,
        logKey: present(logSigners[index], 'a log signer for each node').publicKey,
      })),
      administrators: issuers.map(({ deviceId }) => deviceId),
      parameters: { time: TEST_GENESIS_MS },
    },
    crypto,
  );
  invariant(genesis.ok, 'a modelled genesis follows the rules');
  return { genesis: genesis.value, crypto, signers, cosigners, issuers };
}

function modelledSigner(secretKey: Uint8Array): Signer {
  return nullSigner(secretKey, sha256);
}
