/**
 * PROTOCOL 7 a second time, from its text: every used number of every issuer in a map for ever, the registry as plain
 * records. It shares no code with src/ledger but the decoder of registry payloads. What the production ledger makes of
 * a transaction must equal this (PROTOCOL 12.12).
 */
import { issuerOf, issuerOfDevice } from '../model/did-key.js';
import type { Genesis } from '../model/genesis.js';
import type { RejectionCode } from '../model/outcome.js';
import { decodeRegistryPayload, type DeviceRole, type RegistryChange } from '../model/registry-payload.js';
import { PAYLOAD_TYPE, type Transaction } from '../model/transaction.js';

/** Numbers below the highest used one that can still be told apart, it included. */
const WINDOW = 1024n;

export interface ReferenceExecution {
  readonly code: 'accepted' | RejectionCode;
  readonly issuerIndex: number;
  /** The number was used for another content before. */
  readonly evidence: boolean;
}

export interface ReferenceDevice extends Readonly<Key> {
  readonly highestSequence: bigint | null;
  readonly transactions: number;
  readonly equivocated: boolean;
}

interface Key {
  role: DeviceRole;
  status: 'active' | 'revoked' | 'quarantined';
}

interface Issuer {
  /** What was signed under each number, the parents left out. */
  readonly used: Map<bigint, string>;
  top: bigint;
  count: number;
  equivocated: boolean;
}

export class ReferenceLedger {
  readonly #keys = new Map<string, Key>();
  readonly #issuers = new Map<string, Issuer>();
  readonly #isAdmissibleKey: (key: Uint8Array) => boolean;

  /** @param isAdmissibleKey rule R2, which is no matter of the ledger. */
  constructor(genesis: Genesis, isAdmissibleKey: (key: Uint8Array) => boolean) {
    this.#isAdmissibleKey = isAdmissibleKey;
    for (const device of genesis.administrators) {
      this.#keys.set(issuerOfDevice(device), { role: 'administrator', status: 'active' });
    }
  }

  apply(transaction: Transaction): ReferenceExecution {
    const issuer = this.#issuers.get(transaction.issuer) ?? newIssuer();
    this.#issuers.set(transaction.issuer, issuer);
    issuer.count++;
    return { ...this.#execute(transaction, issuer), issuerIndex: issuer.count };
  }

  /** The registered key as the state has to have it; undefined where it never was registered. */
  device(issuer: string): ReferenceDevice | undefined {
    const key = this.#keys.get(issuer);
    if (key === undefined) return undefined;
    const { top, count, equivocated } = this.#issuers.get(issuer) ?? newIssuer();
    return { ...key, highestSequence: top < 0n ? null : top, transactions: count, equivocated };
  }

  #execute(transaction: Transaction, issuer: Issuer): Omit<ReferenceExecution, 'issuerIndex'> {
    const { sequence, timestampMs, payloadType, payload } = transaction;
    const key = this.#keys.get(transaction.issuer);
    if (key === undefined) return { code: 'unknown-device', evidence: false };
    if (key.status !== 'active') return { code: key.status, evidence: false };
    if (sequence + WINDOW <= issuer.top) return { code: 'sequence-too-old', evidence: false };
    const content = `${timestampMs} ${payloadType} ${payload.join(',')}`;
    const before = issuer.used.get(sequence);
    if (before !== undefined) {
      issuer.equivocated ||= before !== content;
      return { code: 'sequence-used', evidence: before !== content };
    }
    issuer.used.set(sequence, content);
    if (sequence > issuer.top) issuer.top = sequence;
    const code = payloadType === PAYLOAD_TYPE.registry ? this.#change(key.role, payload) : 'accepted';
    return { code, evidence: false };
  }

  #change(role: DeviceRole, payload: Uint8Array): ReferenceExecution['code'] {
    if (role === 'device') return 'not-authorised';
    const decoded = decodeRegistryPayload(payload);
    if (!decoded.ok) return 'malformed-payload';
    const change = decoded.value;
    const issuer = issuerOf(change.suite, change.key);
    const target = this.#keys.get(issuer);
    if (target?.status === 'revoked' && change.action !== 'revoke') return 'not-authorised';
    if (role === 'operator') {
      const isDevice = target === undefined || target.role === 'device';
      const isAllowed = change.action === 'revoke' || (change.action === 'register' && change.role === 'device');
      if (!isDevice || !isAllowed) return 'not-authorised';
    }
    if (target === undefined) {
      if (change.action !== 'register' || !this.#isAdmissibleKey(change.key)) return 'malformed-payload';
      this.#keys.set(issuer, { role: change.role, status: 'active' });
      return 'accepted';
    }
    const after = changed(target, change);
    const administrators = [...this.#keys.values()].filter(isActiveAdministrator);
    const isLast = administrators.length === 1 && administrators[0] === target;
    if (isLast && !isActiveAdministrator(after)) return 'not-authorised';
    this.#keys.set(issuer, after);
    return 'accepted';
  }
}

function newIssuer(): Issuer {
  return { used: new Map(), top: -1n, count: 0, equivocated: false };
}

function changed({ role, status }: Key, change: RegistryChange): Key {
  switch (change.action) {
    case 'register':
      return { role: change.role, status };
    case 'revoke':
      return { role, status: 'revoked' };
    case 'quarantine':
      return { role, status: 'quarantined' };
    case 'release':
      return { role, status: 'active' };
  }
}

function isActiveAdministrator({ role, status }: Key): boolean {
  return role === 'administrator' && status === 'active';
}
