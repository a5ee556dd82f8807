/**
 * The ledger: a deterministic state machine over final transactions in the total order (PROTOCOL 7). It owns the
 * order of the checks and what each writes; which registry change is allowed stands in registry.ts. Everything that
 * decides anything is in the state map, so that its entries alone restore it.
 */
import type { Crypto } from '../crypto/crypto.js';
import type { Digest } from '../ids.js';
import type { StateChange } from '../model/commit.js';
import type { Genesis } from '../model/genesis.js';
import type { Outcome, RejectionCode } from '../model/outcome.js';
import type { Transaction } from '../model/transaction.js';
import { invariant, present } from '../assert.js';
import { MARK, reached, type Mark } from '../marks/reached.js';
import { issuerOf, issuerOfDevice } from '../model/did-key.js';
import { decodeRegistryPayload, type DeviceRole } from '../model/registry-payload.js';
import { PAYLOAD_TYPE } from '../model/transaction.js';
import { BLOCK_BYTES, contentDigest, holdsDigest, putDigest, withoutUnused } from './content-digest.js';
import { decodeIssuerRecord, encodeIssuerRecord, newIssuerRecord, type IssuerRecord } from './issuer-record.js';
import {
  decideRegistryChange,
  decodeRegistryRecord,
  encodeRegistryRecord,
  isActiveAdministrator,
  type DeviceStatus,
  type RegistryRecord,
} from './registry.js';
import { blockOf, type ReplayWindow } from './replay-window.js';
import { contentKey, issuerKey, parseStateKey, registryKey } from './state-keys.js';
import { SortedKeys } from './sorted-keys.js';
import { StateMap } from './state-map.js';

/** What execution made of one final transaction. */
export interface Execution {
  readonly outcome: Outcome;
  /** Counts the issuer's final transactions from 1 without a gap, rejected ones too. */
  readonly issuerIndex: number;
  /** True where it reuses a number of the replay window for another content: keep the pair, the device is flagged. */
  readonly evidence: boolean;
}

/** A registered key, as the state has it now. */
export interface DeviceRecord {
  /** Hex of suite || key. */
  readonly issuer: string;
  readonly role: DeviceRole;
  readonly status: DeviceStatus;
  /** Provisioned transactions per second; 0 = none provisioned, a node's own default holds. */
  readonly ratePerSecond: number;
  /** Highest sequence number used; null where none. */
  readonly highestSequence: bigint | null;
  /** Final transactions of this issuer, rejected ones too. */
  readonly transactions: number;
  /** Set for ever once two contents were final under one sequence number. */
  readonly equivocated: boolean;
}

const FIRST_ADMINISTRATOR: RegistryRecord = { role: 'administrator', status: 'active', ratePerSecond: 0 };

type Verdict = Omit<Execution, 'issuerIndex'>;

/** Issuers whose records are kept decoded, some 300 bytes each: most transactions come of few issuers. */
const ISSUERS_DECODED_MAX = 4_096;

const ACCEPTED: Verdict = { outcome: { status: 'accepted' }, evidence: false };

/**
 * The state of the registry and of every issuer, and the one way to change it: `apply`. In a new network the registered
 * genesis administrators stand among the first changes that `drainChanges` hands out.
 */
export class Ledger {
  readonly #crypto: Crypto;
  readonly #state: StateMap;
  /** Issuers with a registry record, ascending; derived from the state, as the records are. */
  readonly #registered: SortedKeys;
  readonly #registry = new Map<string, RegistryRecord>();
  /** As the state has them. */
  readonly #decoded = new Map<string, IssuerRecord>();
  /** Derived from the state: the last one cannot be removed. */
  #activeAdministrators = 0;

  /**
   * `entries`: the whole state of an earlier ledger of this network, in any order; nothing of it counts as a change.
   * They are trusted: own store, or checked against a certified digest with `stateDigestOf`. Impossible ones throw an
   * InvariantError. None at all means a network that has no state yet, and the genesis gives it one.
   */
  constructor(genesis: Genesis, crypto: Crypto, entries: readonly StateChange[] = []) {
    this.#crypto = crypto;
    this.#state = new StateMap(crypto);
    this.#registered = new SortedKeys(this.#restore(entries));
    if (entries.length > 0) return;
    for (const administrator of genesis.administrators) {
      this.#writeRegistryRecord(issuerOfDevice(administrator), FIRST_ADMINISTRATOR);
    }
  }

  /** The ledger that goes on from these entries; see the constructor. */
  static fromEntries(genesis: Genesis, crypto: Crypto, entries: readonly StateChange[]): Ledger {
    return new Ledger(genesis, crypto, entries);
  }

  /** Executes the next transaction of the total order; the caller keeps the order and applies each id once. */
  apply(transaction: Transaction): Execution {
    const record = this.#issuerRecord(transaction.issuer) ?? this.#remember(transaction.issuer, newIssuerRecord());
    record.transactions += 1;
    const verdict = this.#execute(transaction, record);
    this.#state.set(issuerKey(transaction.issuer), encodeIssuerRecord(record));
    return { ...verdict, issuerIndex: record.transactions };
  }

  /** Root of the Merkle map over the state now; hashes only what changed since it was last asked. */
  stateDigest(): Digest {
    return this.#state.digest();
  }

  /** What changed since the last call, each key once with its newest value, ascending keys. */
  drainChanges(): StateChange[] {
    return this.#state.drainChanges();
  }

  /** The whole state in ascending key order: what a snapshot holds and `fromEntries` takes. */
  entries(): StateChange[] {
    return this.#state.entries();
  }

  /** The registered key, or undefined where it never was registered. `issuer`: hex of suite || key. */
  device(issuer: string): DeviceRecord | undefined {
    const registered = this.#registryRecord(issuer);
    if (registered === undefined) return undefined;
    const record = this.#issuerRecord(issuer);
    return {
      issuer,
      role: registered.role,
      status: registered.status,
      ratePerSecond: registered.ratePerSecond,
      highestSequence: record?.window.top ?? null,
      transactions: record?.transactions ?? 0,
      equivocated: record?.equivocated ?? false,
    };
  }

  /** Registered keys above `after` (null = from the first), ascending, at most `limit` (an integer >= 1). */
  devices(after: string | null, limit: number): DeviceRecord[] {
    invariant(Number.isSafeInteger(limit) && limit >= 1, () => `a page of ${limit} devices`);
    const page = this.#registered.page(after, limit);
    return page.map((issuer) => present(this.device(issuer), () => `no registry record of ${issuer}`));
  }

  /** Provisioned transactions per second, 0 where none is provisioned; undefined for an unregistered key. */
  rateOf(issuer: string): number | undefined {
    return this.#registryRecord(issuer)?.ratePerSecond;
  }

  #execute(transaction: Transaction, record: IssuerRecord): Verdict {
    const registered = this.#registryRecord(transaction.issuer);
    if (registered === undefined) return rejected('unknown-device');
    if (registered.status !== 'active') return rejected(registered.status);
    const use = record.window.check(transaction.sequence);
    if (use === 'too-old') return rejected('sequence-too-old');
    const digest = contentDigest(this.#crypto, transaction);
    if (use === 'used') {
      const evidence = !this.#hasContent(transaction, digest);
      reached(evidence ? MARK.deviceEquivocated : MARK.contentReattached);
      if (evidence) record.equivocated = true;
      return { ...rejected('sequence-used'), evidence };
    }
    this.#useSequence(transaction, record.window, digest);
    return transaction.payloadType === PAYLOAD_TYPE.registry ? this.#changeRegistry(transaction, registered) : ACCEPTED;
  }

  /** Whether the used number of this transaction was used for the same content. */
  #hasContent({ issuer, sequence }: Transaction, digest: Uint8Array): boolean {
    const block = this.#state.get(contentKey(issuer, blockOf(sequence)));
    return holdsDigest(
      present(block, () => `no content digest for the used number ${sequence}`),
      sequence,
      digest,
    );
  }

  /** Marks the number as used; the state keeps the digests of exactly the numbers that the window still holds. */
  #useSequence({ issuer, sequence }: Transaction, window: ReplayWindow, digest: Uint8Array): void {
    for (const block of window.use(sequence)) {
      const key = contentKey(issuer, block);
      const value = this.#state.get(key);
      if (value === undefined) continue;
      const kept = withoutUnused(value, block, window);
      if (kept === undefined) this.#state.delete(key);
      else this.#state.set(key, kept);
    }
    const key = contentKey(issuer, blockOf(sequence));
    const block = this.#state.get(key) ?? new Uint8Array(BLOCK_BYTES);
    putDigest(block, sequence, digest);
    this.#state.set(key, block);
  }

  #changeRegistry(transaction: Transaction, issuer: RegistryRecord): Verdict {
    // Before the payload is looked at: a device may change nothing, readable or not.
    if (issuer.role === 'device') return rejected('not-authorised');
    const change = decodeRegistryPayload(transaction.payload);
    if (!change.ok) return rejected('malformed-payload');
    const target = issuerOf(change.value.suite, change.value.key);
    const decision = decideRegistryChange(change.value, {
      issuerRole: issuer.role,
      target: this.#registryRecord(target),
      activeAdministrators: this.#activeAdministrators,
      isAdmissibleKey: (key) => this.#crypto.isAdmissibleKey(key),
    });
    if (!decision.ok) return rejected(decision.reason);
    this.#writeRegistryRecord(target, decision.value);
    return ACCEPTED;
  }

  /** Takes entries over, each decoded once so that nothing unreadable waits in the state. Returns the issuers registered. */
  #restore(entries: readonly StateChange[]): string[] {
    const registered: string[] = [];
    for (const { key, value } of entries) {
      const parsed = parseStateKey(key);
      invariant(
        parsed !== undefined && value !== null && !this.#state.has(key),
        () => `not an entry of the state: ${key}`,
      );
      const bytes = new Uint8Array(value);
      this.#state.restore(key, bytes);
      if (parsed.kind === 'registry') {
        const record = decodeRegistryRecord(bytes);
        registered.push(parsed.issuer);
        this.#registry.set(parsed.issuer, record);
        this.#activeAdministrators += Number(isActiveAdministrator(record));
      } else if (parsed.kind === 'issuer') {
        decodeIssuerRecord(bytes);
      } else {
        invariant(bytes.length === BLOCK_BYTES, () => `content digests of ${bytes.length} bytes`);
      }
    }
    return registered;
  }

  #registryRecord(issuer: string): RegistryRecord | undefined {
    return this.#registry.get(issuer);
  }

  #issuerRecord(issuer: string): IssuerRecord | undefined {
    const known = this.#decoded.get(issuer);
    if (known !== undefined) return known;
    const bytes = this.#state.get(issuerKey(issuer));
    return bytes === undefined ? undefined : this.#remember(issuer, decodeIssuerRecord(bytes));
  }

  #remember(issuer: string, record: IssuerRecord): IssuerRecord {
    if (this.#decoded.size >= ISSUERS_DECODED_MAX) this.#decoded.clear();
    this.#decoded.set(issuer, record);
    return record;
  }

  #writeRegistryRecord(issuer: string, record: RegistryRecord): void {
    const before = this.#registryRecord(issuer);
    if (before === undefined) this.#registered.add(issuer);
    this.#activeAdministrators += Number(isActiveAdministrator(record)) - Number(isActiveAdministrator(before));
    this.#registry.set(issuer, record);
    this.#state.set(registryKey(issuer), encodeRegistryRecord(record));
  }
}

const MARK_OF_REJECTION: Readonly<Record<RejectionCode, Mark>> = {
  'unknown-device': MARK.unknownDevice,
  revoked: MARK.revokedDevice,
  quarantined: MARK.quarantinedDevice,
  'sequence-too-old': MARK.sequenceTooOld,
  'sequence-used': MARK.sequenceUsed,
  'not-authorised': MARK.notAuthorised,
  'malformed-payload': MARK.malformedPayload,
};

function rejected(code: RejectionCode): Verdict {
  reached(MARK_OF_REJECTION[code]);
  return { outcome: { status: 'rejected', code }, evidence: false };
}
