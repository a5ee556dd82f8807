/**
 * Who is registered, in which role, and who may change it (PROTOCOL 7). Pure rules over the two records concerned;
 * reading and writing them is for ledger.ts.
 */
import type { RejectionCode } from '../model/outcome.js';
import type { Result } from '../result.js';
import type { RegistryChange } from '../model/registry-payload.js';
import { invariant } from '../assert.js';
import { MARK, reached } from '../marks/reached.js';
import { Reader } from '../codec/reader.js';
import { Writer } from '../codec/writer.js';
import { DEVICE_ROLES, type DeviceRole } from '../model/registry-payload.js';
import { fail, ok } from '../result.js';

/** In the order of their codes in the state, from 1. */
export const DEVICE_STATUSES = ['active', 'revoked', 'quarantined'] as const;
export type DeviceStatus = (typeof DEVICE_STATUSES)[number];

/** State of one registered key. */
export interface RegistryRecord {
  readonly role: DeviceRole;
  readonly status: DeviceStatus;
  /** Provisioned transactions per second, a u32; 0 = none provisioned. */
  readonly ratePerSecond: number;
}

const RECORD_BYTES = 1 + 1 + 4;

const STATUS_AFTER = { revoke: 'revoked', quarantine: 'quarantined', release: 'active' } as const;

/** u8 role | u8 status | u32 rate per second. */
export function encodeRegistryRecord(record: RegistryRecord): Uint8Array {
  return new Writer(RECORD_BYTES)
    .u8(DEVICE_ROLES.indexOf(record.role) + 1)
    .u8(DEVICE_STATUSES.indexOf(record.status) + 1)
    .u32(record.ratePerSecond)
    .finish();
}

/** Of our own state: bytes that are no record throw InvariantError. */
export function decodeRegistryRecord(bytes: Uint8Array): RegistryRecord {
  const reader = new Reader(bytes);
  const role = DEVICE_ROLES[reader.u8('role') - 1];
  const status = DEVICE_STATUSES[reader.u8('status') - 1];
  const ratePerSecond = reader.u32('rate per second');
  const readable = reader.finish() === null && role !== undefined && status !== undefined;
  invariant(readable, 'a registry record of the state cannot be read');
  return { role, status, ratePerSecond };
}

export function isActiveAdministrator(record: RegistryRecord | undefined): boolean {
  return record?.role === 'administrator' && record.status === 'active';
}

/** What a decision depends on, at its place in the order. */
export interface RegistryContext {
  /** Role of the key that signed the change; it is active. */
  readonly issuerRole: DeviceRole;
  /** Record of the key that the change is about, where it has one. */
  readonly target: RegistryRecord | undefined;
  readonly activeAdministrators: number;
  /** Rule R2 (PROTOCOL 8); slow, asked only for a key that is new. */
  readonly isAdmissibleKey: (key: Uint8Array) => boolean;
}

/**
 * The record that the change leads to, or why it is rejected: `not-authorised` before `malformed-payload`.
 *
 * - Administrators may make every change. Operators may register keys as devices, and revoke devices: nothing about
 *   keys that are operators or administrators. Devices may change nothing.
 * - A revoked key stays revoked for ever, whoever asks: a key that had to be revoked is not trusted again, its owner
 *   gets a new one. Revoking it again is accepted and changes nothing.
 * - Registering a registered key replaces its role and rate; it does not lift a quarantine.
 * - The last active administrator can neither be revoked or quarantined nor get another role.
 * - Quarantining what is quarantined and releasing what is active is accepted and changes nothing.
 * - A new key must pass R2, and every other action needs a registered key; else the payload is malformed.
 */
export function decideRegistryChange(
  change: RegistryChange,
  context: RegistryContext,
): Result<RegistryRecord, Extract<RejectionCode, 'not-authorised' | 'malformed-payload'>> {
  const { target } = context;
  if (!mayChange(change, context)) return fail('not-authorised');
  if (target === undefined) {
    if (change.action !== 'register' || !context.isAdmissibleKey(change.key)) return fail('malformed-payload');
    return ok({ role: change.role, status: 'active', ratePerSecond: change.ratePerSecond });
  }
  const changed = recordAfter(change, target);
  const removesAdministrator = isActiveAdministrator(target) && !isActiveAdministrator(changed);
  if (removesAdministrator && context.activeAdministrators === 1) {
    reached(MARK.lastAdministratorKept);
    return fail('not-authorised');
  }
  return ok(changed);
}

function mayChange(change: RegistryChange, { issuerRole, target }: RegistryContext): boolean {
  if (target?.status === 'revoked' && change.action !== 'revoke') return false;
  if (issuerRole === 'administrator') return true;
  if (issuerRole === 'device' || (target !== undefined && target.role !== 'device')) return false;
  return change.action === 'register' ? change.role === 'device' : change.action === 'revoke';
}

function recordAfter(change: RegistryChange, target: RegistryRecord): RegistryRecord {
  return change.action === 'register'
    ? { role: change.role, status: target.status, ratePerSecond: change.ratePerSecond }
    : { ...target, status: STATUS_AFTER[change.action] };
}
