/**
 * Ledger fuzzing: random final transactions of honest, careless and hostile issuers, executed by the production ledger,
 * which is now and then rebuilt from its own entries, and by the ledger written a second time. One seed, one log.
 */
import { InvariantError, present } from '../assert.js';
import { nobleCrypto } from '../crypto/noble.js';
import type { Crypto } from '../crypto/crypto.js';
import { SUITE_ED25519, type TransactionId } from '../ids.js';
import { Ledger } from '../ledger/ledger.js';
import { stateDigestOf } from '../ledger/state-digest.js';
import { DEVICE_ROLES, encodeRegistryPayload } from '../model/registry-payload.js';
import { PAYLOAD_TYPE, type Transaction } from '../model/transaction.js';
import { type TestDevice, testDevice, type TestNetwork, testNetwork, testTransaction } from './fixtures.js';
import { Prng } from './prng.js';
import { ReferenceLedger } from './reference-ledger.js';

/** Transactions of a log. */
const TRANSACTIONS = 200;
/** Share of registry changes, of restarts, and of comparisons of the whole state's digest. */
const REGISTRY_SHARE = 0.15;
const RESTART_SHARE = 0.05;
const DIGEST_SHARE = 0.02;
/** How a number lies to the highest that its issuer has drawn: mostly the next, and everything near the window's ends. */
const STEPS = [1, 1, 1, 1, 2, 0, 0, -1, -5, 63, 700, 1023, 1024, 1025, 2048, 5000, -1022, -1023, -1024, -1025] as const;
const ACTIONS = ['register', 'revoke', 'quarantine', 'release'] as const;

interface Party {
  readonly device: TestDevice;
  top: number;
  /** Sent last, to be sent again. */
  last: Transaction | null;
}

export class LedgerFuzzer {
  readonly #crypto: Crypto;
  readonly #network: TestNetwork;
  readonly #devices: readonly TestDevice[];
  readonly #admissible = new Map<string, boolean>();

  /** @param crypto for hashing only; the fastest SHA-256 there is, behind `nullCrypto`. */
  constructor(crypto: Crypto) {
    this.#crypto = crypto;
    this.#network = testNetwork({ weights: [1], name: 'ledger', crypto });
    const others = ['a', 'b', 'c', 'd', 'e'].map((label) => testDevice(label));
    this.#devices = [this.#network.administrator, ...others];
  }

  /**
   * Draws one log and executes it twice. Throws InvariantError, saying what differs.
   *
   * @param seed an integer from 0 to 2^32 - 1.
   */
  fuzz(seed: number): void {
    const prng = new Prng(seed);
    const { genesis } = this.#network;
    const entries = new Map<string, Uint8Array>();
    const reference = new ReferenceLedger(genesis, (key) => this.#isAdmissible(key));
    let ledger = new Ledger(genesis, this.#crypto);
    const drain = (): void => {
      for (const { key, value } of ledger.drainChanges()) {
        if (value === null) entries.delete(key);
        else entries.set(key, value);
      }
    };
    drain();
    const parties = this.#devices.map((device): Party => ({ device, top: 5_000, last: null }));
    for (let count = 1; count <= TRANSACTIONS; count++) {
      const transaction = this.#draw(parties, prng);
      const expected = reference.apply(transaction);
      const { outcome, issuerIndex, evidence } = ledger.apply(transaction);
      const code = outcome.status === 'accepted' ? 'accepted' : outcome.code;
      const found = { code, evidence, issuerIndex };
      if (JSON.stringify(found) !== JSON.stringify(expected)) {
        const what = `transaction ${count} of number ${transaction.sequence}`;
        throw new InvariantError(`${what} is ${JSON.stringify(found)}, by the reference ${JSON.stringify(expected)}`);
      }
      if (prng.chance(RESTART_SHARE)) {
        drain();
        const state = [...entries].map(([key, value]) => ({ key, value }));
        ledger = Ledger.fromEntries(genesis, this.#crypto, prng.shuffled(state));
        this.#compareDevices(ledger, reference);
      }
      if (prng.chance(DIGEST_SHARE)) {
        const digest = stateDigestOf(this.#crypto, ledger.entries());
        if (digest !== ledger.stateDigest()) throw new InvariantError(`the state digest is not that of the entries`);
      }
    }
  }

  #compareDevices(ledger: Ledger, reference: ReferenceLedger): void {
    for (const { issuer, label } of this.#devices) {
      const found = ledger.device(issuer);
      const expected = reference.device(issuer);
      const isSame =
        found?.role === expected?.role &&
        found?.status === expected?.status &&
        found?.highestSequence === expected?.highestSequence &&
        found?.transactions === expected?.transactions &&
        found?.equivocated === expected?.equivocated;
      if (!isSame) throw new InvariantError(`the record of ${label} is not what the reference has`);
    }
  }

  #draw(parties: readonly Party[], prng: Prng): Transaction {
    // The administrator acts more often than each of the others: without it nothing is registered.
    const party = present(prng.chance(0.2) ? parties[0] : prng.pick(parties), 'a party');
    if (party.last !== null && prng.chance(0.1)) return this.#again(party.last, party, prng);
    const sequence = Math.max(0, party.top + (prng.pick(STEPS) ?? 1));
    party.top = Math.max(party.top, sequence);
    const isChange = prng.chance(party.device === this.#network.administrator ? 0.6 : REGISTRY_SHARE);
    const transaction = testTransaction(this.#network, party.device, {
      sequence,
      payloadType: isChange ? PAYLOAD_TYPE.registry : PAYLOAD_TYPE.opaque,
      payload: isChange ? this.#change(prng) : Uint8Array.of(prng.below(3)),
    });
    party.last = transaction;
    return transaction;
  }

  /** The same content over other parents: no equivocation. */
  #again({ sequence, timestampMs, payloadType, payload, id }: Transaction, { device }: Party, prng: Prng): Transaction {
    const { transactionId } = this.#network.genesis;
    const parents: [TransactionId, TransactionId] = [id, transactionId];
    const isLate = prng.chance(0.2);
    return testTransaction(this.#network, device, {
      sequence,
      timestampMs: timestampMs + Number(isLate),
      payloadType,
      payload,
      parents,
    });
  }

  #change(prng: Prng): Uint8Array {
    if (prng.chance(0.05)) return Uint8Array.of(9, 9);
    const target = present(prng.pick(this.#devices), 'a device');
    // R2 refuses the identity.
    const key = prng.chance(0.03)
      ? Uint8Array.from({ length: 32 }, (_, at) => Number(at === 0))
      : target.signer.publicKey;
    const action = prng.chance(0.6) ? 'register' : (prng.pick(ACTIONS) ?? 'register');
    if (action !== 'register') return encodeRegistryPayload({ action, suite: SUITE_ED25519, key });
    const role = prng.pick(DEVICE_ROLES) ?? 'device';
    return encodeRegistryPayload({ action, suite: SUITE_ED25519, key, role, ratePerSecond: prng.below(3) });
  }

  #isAdmissible(key: Uint8Array): boolean {
    const text = key.join(',');
    const known = this.#admissible.get(text) ?? nobleCrypto.isAdmissibleKey(key);
    this.#admissible.set(text, known);
    return known;
  }
}
