/** A network on paper: a genesis with named keys, devices, and shortcuts that sign what tests need. */
import { invariant, present } from '../assert.js';
import type { Crypto, Signer } from '../crypto/crypto.js';
import { type DeviceId, SUITE_ED25519, type TransactionId, type UnixMs, type ValidatorIndex } from '../ids.js';
import { deviceIdOf, issuerOf } from '../model/did-key.js';
import { createGenesis, type Genesis, type GenesisParameters } from '../model/genesis.js';
import { signTransaction } from '../model/sign.js';
import { type CheckedTransaction, PAYLOAD_TYPE } from '../model/transaction.js';
import { encodeRegistryPayload } from '../model/registry-payload.js';
import { nullCrypto, nullSigner } from './null-crypto.js';

/** Start of every test network unless it says otherwise: 2026-01-01T00:00:00Z. */
export const TEST_GENESIS_MS: UnixMs = 1_767_225_600_000;

export interface TestDevice {
  readonly label: string;
  readonly signer: Signer;
  readonly deviceId: DeviceId;
  /** Hex of suite || key. */
  readonly issuer: string;
}

export interface TestNetwork {
  readonly genesis: Genesis;
  readonly crypto: Crypto;
  /** Statement signers by validator index. */
  readonly signers: readonly Signer[];
  /** Cosigner and log signers by validator index. */
  readonly cosigners: readonly Signer[];
  readonly logSigners: readonly Signer[];
  /** The first administrator. */
  readonly administrator: TestDevice;
}

export interface TestNetworkOptions {
  /** One weight a validator, in genesis order; they are named a, b, c, ... */
  readonly weights: readonly number[];
  readonly name?: string;
  readonly parameters?: Partial<GenesisParameters>;
  /** Default: signatures that cost a hash, see null-crypto.ts. */
  readonly crypto?: Crypto;
  readonly signerOf?: (secretKey: Uint8Array) => Signer;
}

/** 32 bytes for a label, always the same: a secret key for tests. */
export function seedOf(label: string, crypto: Crypto = nullCrypto()): Uint8Array {
  return crypto.sha256(Uint8Array.from(label, (character) => character.charCodeAt(0)));
}

/** Costs some milliseconds a validator, because the genesis rules check every key: make it once a test file. */
export function testNetwork(options: TestNetworkOptions): TestNetwork {
  const { weights, name = 'test', parameters = {} } = options;
  const crypto = options.crypto ?? nullCrypto();
  const signerOf = options.signerOf ?? ((secretKey) => nullSigner(secretKey, (...parts) => crypto.sha256(...parts)));
  const signersFor = (purpose: string): Signer[] =>
    weights.map((_, index) => signerOf(seedOf(`${name}/${purpose}/${index}`, crypto)));
  const [signers, cosigners, logSigners] = [signersFor('statement'), signersFor('cosigner'), signersFor('log')];
  const administrator = testDevice(`${name}/administrator`, signerOf);
  const genesis = createGenesis(
    {
      name,
      validators: weights.map((weight, index) => ({
        name: validatorName(index),
        weight,
        statementKey: present(signers[index], 'a signer for each weight').publicKey,
        cosignerKey: present(cosigners[index], 'a cosigner for each weight').publicKey,
        logKey: present(logSigners[index], 'a log signer for each weight').publicKey,
      })),
      administrators: [administrator.deviceId],
      parameters: { time: TEST_GENESIS_MS, ...parameters },
    },
    crypto,
  );
  invariant(genesis.ok, 'a test genesis follows the rules');
  return { genesis: genesis.value, crypto, signers, cosigners, logSigners, administrator };
}

/** a to z, then v26, v27, ... */
function validatorName(index: ValidatorIndex): string {
  return index < 26 ? String.fromCharCode(97 + index) : `v${index}`;
}

/** A device with a key of its own, made from its label. */
export function testDevice(label: string, signerOf: (secretKey: Uint8Array) => Signer = nullSigner): TestDevice {
  const signer = signerOf(seedOf(`device/${label}`));
  return {
    label,
    signer,
    deviceId: deviceIdOf(SUITE_ED25519, signer.publicKey),
    issuer: issuerOf(SUITE_ED25519, signer.publicKey),
  };
}

export interface TestTransactionFields {
  readonly sequence: number | bigint;
  /** Default: the genesis twice. */
  readonly parents?: readonly [TransactionId, TransactionId];
  readonly timestampMs?: UnixMs;
  readonly payloadType?: number;
  readonly payload?: Uint8Array;
}

/** A signed transaction of the device. */
export function testTransaction(
  network: Pick<TestNetwork, 'genesis' | 'crypto'>,
  device: TestDevice,
  fields: TestTransactionFields,
): CheckedTransaction {
  const { network: id, transactionId, parameters } = network.genesis;
  return signTransaction(
    {
      network: id,
      suite: SUITE_ED25519,
      issuerKey: device.signer.publicKey,
      sequence: BigInt(fields.sequence),
      timestampMs: fields.timestampMs ?? parameters.time,
      parents: fields.parents ?? [transactionId, transactionId],
      payloadType: fields.payloadType ?? PAYLOAD_TYPE.opaque,
      payload: fields.payload ?? new Uint8Array(0),
    },
    device.signer,
    network.crypto,
  );
}

/** The administrator's transaction that registers a device. */
export function registration(
  network: Pick<TestNetwork, 'genesis' | 'crypto' | 'administrator'>,
  device: TestDevice,
  fields: TestTransactionFields,
): CheckedTransaction {
  const key = device.signer.publicKey;
  return testTransaction(network, network.administrator, {
    ...fields,
    payloadType: PAYLOAD_TYPE.registry,
    payload: encodeRegistryPayload({ action: 'register', suite: SUITE_ED25519, key, role: 'device', ratePerSecond: 0 }),
  });
}
