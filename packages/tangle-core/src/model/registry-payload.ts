/**
 * The payload of a `registry` transaction. It is executed, so it has a canonical form of its own, 35 or 40 bytes:
 *
 *   u8 version = 1 | u8 action | u8 suite = 1 | 32 key | and to register: u8 role | u32 rate per second
 */
import type { CodecReason } from '../codec/reasons.js';
import type { Result } from '../result.js';
import { invariant, present } from '../assert.js';
import { Reader } from '../codec/reader.js';
import { Writer } from '../codec/writer.js';
import { KEY_BYTES, SUITE_ED25519 } from '../ids.js';
import { fail, ok } from '../result.js';

export const REGISTRY_PAYLOAD_VERSION = 1;

/** What a registered key may do, in the order of the codes on the wire and in the state, from 1. */
export const DEVICE_ROLES = ['device', 'operator', 'administrator'] as const;
export type DeviceRole = (typeof DEVICE_ROLES)[number];

/** A change to one key of the registry. `suite` is 1 (Ed25519), `key` the 32 bytes of the public key. */
export type RegistryChange =
  | {
      readonly action: 'register';
      readonly suite: number;
      readonly key: Uint8Array;
      readonly role: DeviceRole;
      /** Provisioned transactions per second, a u32; 0 = none provisioned, a node's own default holds. */
      readonly ratePerSecond: number;
    }
  | { readonly action: 'revoke' | 'quarantine' | 'release'; readonly suite: number; readonly key: Uint8Array };

/** In the order of their codes on the wire, from 1. */
const ACTIONS = ['register', 'revoke', 'quarantine', 'release'] as const;
const HEAD_BYTES = 3 + KEY_BYTES;
const REGISTER_BYTES = 1 + 4;

/** The canonical bytes. Throws InvariantError on a field out of its range. */
export function encodeRegistryPayload(change: RegistryChange): Uint8Array {
  invariant(change.suite === SUITE_ED25519, () => `suite ${change.suite} cannot be registered`);
  invariant(change.key.length === KEY_BYTES, () => `a key of ${change.key.length} bytes`);
  const writer = new Writer(change.action === 'register' ? HEAD_BYTES + REGISTER_BYTES : HEAD_BYTES)
    .u8(REGISTRY_PAYLOAD_VERSION)
    .u8(ACTIONS.indexOf(change.action) + 1)
    .u8(change.suite)
    .bytes(change.key);
  if (change.action === 'register') writer.u8(DEVICE_ROLES.indexOf(change.role) + 1).u32(change.ratePerSecond);
  return writer.finish();
}

/** The change, or the first field that is wrong. Bytes left over are refused. The key is a copy. */
export function decodeRegistryPayload(payload: Uint8Array): Result<RegistryChange, CodecReason> {
  const reader = new Reader(payload);
  const version = reader.u8('version');
  if (version !== REGISTRY_PAYLOAD_VERSION) refuse(reader, 'version', version, `${REGISTRY_PAYLOAD_VERSION}`);
  const actionCode = reader.u8('action');
  const action = ACTIONS[actionCode - 1];
  if (action === undefined) refuse(reader, 'action', actionCode, `1 to ${ACTIONS.length}`);
  const suite = reader.u8('suite');
  if (suite !== SUITE_ED25519) refuse(reader, 'suite', suite, `${SUITE_ED25519} (Ed25519)`);
  const key = new Uint8Array(reader.bytes(KEY_BYTES, 'key'));
  const registration = action === 'register' ? readRegistration(reader) : null;
  const failure = reader.finish();
  if (failure !== null) return fail(failure);
  invariant(action !== undefined, 'an unknown action was not refused');
  if (action !== 'register') return ok({ action, suite, key });
  return ok({ action, suite, key, ...present(registration, 'a registration without role and rate was not refused') });
}

function readRegistration(reader: Reader): { role: DeviceRole; ratePerSecond: number } | null {
  const roleCode = reader.u8('role');
  const role = DEVICE_ROLES[roleCode - 1];
  if (role === undefined) refuse(reader, 'role', roleCode, `1 to ${DEVICE_ROLES.length}`);
  const ratePerSecond = reader.u32('rate per second');
  return role === undefined ? null : { role, ratePerSecond };
}

function refuse(reader: Reader, field: string, found: number, allowed: string): void {
  reader.refuse({ code: 'malformed', field, found, allowed });
}
