/** Keys, a genesis and transactions for ledger tests. Execution looks at no signature, so none is made here. */
import type { Execution } from '../../src/ledger/index.js';
import type { NetworkId, TransactionId } from '../../src/ids.js';
import type { Genesis, Outcome, RejectionCode, Transaction } from '../../src/model/index.js';
import { decodeTransaction, encodeTransaction, fromHex } from '../../src/codec/index.js';
import { nobleCrypto, nobleSigner } from '../../src/crypto/index.js';
import { Ledger } from '../../src/ledger/index.js';
import {
  createGenesis,
  deviceIdOf,
  encodeRegistryPayload,
  issuerOf,
  PAYLOAD_TYPE,
  SUITE_ED25519,
  type DeviceRole,
} from '../../src/model/index.js';

export const crypto = nobleCrypto;

export interface Party {
  readonly key: Uint8Array;
  /** Hex of suite || key. */
  readonly issuer: string;
}

/** A party with a real Ed25519 key; `seed` is 1 to 255. */
export function party(seed: number): Party {
  const key = nobleSigner(new Uint8Array(32).fill(seed)).publicKey;
  return { key, issuer: issuerOf(SUITE_ED25519, key) };
}

export const admin = party(1);
export const secondAdmin = party(2);
export const operator = party(3);
export const secondOperator = party(4);
export const pump = party(5);
export const valve = party(6);
export const stranger = party(7);

/** The identity: a key that R2 refuses. */
export const SMALL_ORDER_KEY = fromHex(`01${'00'.repeat(31)}`);

export function genesisOf(...administrators: readonly Party[]): Genesis {
  const [statementKey, cosignerKey, logKey] = [party(251).key, party(252).key, party(253).key];
  const genesis = createGenesis(
    {
      name: 'test',
      validators: [{ name: 'a', weight: 1, statementKey, cosignerKey, logKey }],
      administrators: administrators.map(({ key }) => deviceIdOf(SUITE_ED25519, key)),
      parameters: { time: 1_700_000_000_000 },
    },
    crypto,
  );
  if (!genesis.ok) throw new Error(`fixture genesis: ${genesis.reason.field}`);
  return genesis.value;
}

export const genesis = genesisOf(admin);

export interface Fields {
  readonly sequence: bigint;
  readonly timestampMs?: number;
  readonly payloadType?: number;
  readonly payload?: Uint8Array;
  readonly parents?: readonly [TransactionId, TransactionId];
}

export const parentA = 'aa'.repeat(32) as TransactionId;
export const parentB = 'bb'.repeat(32) as TransactionId;

export function transaction(from: Party, fields: Fields): Transaction {
  const bytes = encodeTransaction(
    {
      network: '0011223344556677' as NetworkId,
      suite: SUITE_ED25519,
      issuerKey: from.key,
      timestampMs: 1_700_000_000_000,
      parents: [parentA, parentB],
      payloadType: PAYLOAD_TYPE.telemetry,
      payload: Uint8Array.of(1, 2, 3),
      ...fields,
    },
    new Uint8Array(64),
  );
  const decoded = decodeTransaction(bytes, crypto);
  if (!decoded.ok) throw new Error(`fixture transaction: ${decoded.reason.field}`);
  return decoded.value;
}

/** A ledger under test that numbers the registry changes of each party by itself, from 1,000,000. */
export class Bench {
  readonly ledger: Ledger;
  /** All that was applied, for replaying. */
  readonly applied: Transaction[] = [];
  #nextSequence = 1_000_000n;

  constructor(of: Genesis = genesis) {
    this.ledger = new Ledger(of, crypto);
  }

  apply(next: Transaction): Execution {
    this.applied.push(next);
    return this.ledger.apply(next);
  }

  /** Sends telemetry under this number; the code, or `accepted`. */
  send(from: Party, sequence: bigint, fields: Omit<Fields, 'sequence'> = {}): RejectionCode | 'accepted' {
    return codeOf(this.apply(transaction(from, { ...fields, sequence })).outcome);
  }

  /** Sends a registry transaction with this payload. */
  sendPayload(from: Party, payload: Uint8Array): RejectionCode | 'accepted' {
    this.#nextSequence += 1n;
    return this.send(from, this.#nextSequence, { payloadType: PAYLOAD_TYPE.registry, payload });
  }

  register(from: Party, target: Pick<Party, 'key'>, role: DeviceRole = 'device', ratePerSecond = 10) {
    return this.sendPayload(
      from,
      encodeRegistryPayload({ action: 'register', suite: SUITE_ED25519, key: target.key, role, ratePerSecond }),
    );
  }

  change(from: Party, action: 'revoke' | 'quarantine' | 'release', target: Pick<Party, 'key'>) {
    return this.sendPayload(from, encodeRegistryPayload({ action, suite: SUITE_ED25519, key: target.key }));
  }
}

export function codeOf(outcome: Outcome): RejectionCode | 'accepted' {
  return outcome.status === 'accepted' ? 'accepted' : outcome.code;
}

/** A bench on which a second administrator, two operators, a pump and a valve are registered. */
export function staffedBench(): Bench {
  const bench = new Bench();
  bench.register(admin, secondAdmin, 'administrator');
  bench.register(admin, operator, 'operator');
  bench.register(admin, secondOperator, 'operator');
  bench.register(admin, pump);
  bench.register(admin, valve);
  return bench;
}
