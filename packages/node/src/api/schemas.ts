/**
 * JSON schemas of requests and answers. The same objects validate what comes in, write what goes out and make up the
 * OpenAPI document, so none of the three can drift from the others. `description` of a parameter is also what a
 * `bad-parameter` problem names as allowed.
 */
import { ID_BYTES, NETWORK_BYTES } from '@tangle/core/ids';
import {
  CURSOR_LENGTH_MAX,
  PAGE_ITEMS_DEFAULT,
  PAGE_ITEMS_MAX,
  TIPS_MAX,
  TIPS_MIN,
  WATCHED_IDS_MAX,
} from './limits.js';

const hex = (bytes: number) => ({
  type: 'string',
  pattern: `^[0-9a-f]{${bytes * 2}}$`,
  description: `${bytes * 2} lower-case hex digits`,
});
const id = hex(ID_BYTES);
const deviceId = {
  type: 'string',
  pattern: '^did:key:z6Mk[1-9A-HJ-NP-Za-km-z]{44}$',
  description: 'did:key:z6Mk..., an Ed25519 key',
};
const time = { type: 'string', format: 'date-time', description: 'RFC 3339 time such as 2026-01-31T12:00:00.000Z' };
const nullable = <Schema extends { readonly type: string }>(schema: Schema) => ({
  ...schema,
  type: [schema.type, 'null'],
});
const integer = { type: 'integer', minimum: 0 };
const position = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
const boolean = { type: 'boolean' };
const text = { type: 'string' };
const u64 = { type: 'string', pattern: '^[0-9]{1,20}$', description: 'u64 in decimal' };
const base64url = { type: 'string', pattern: '^[A-Za-z0-9_-]*$', description: 'base64url without padding (RFC 4648)' };

/** An answer whose fields are all there unless named in `optional`. */
function answer(properties: Readonly<Record<string, unknown>>, optional: readonly string[] = []) {
  return { type: 'object', properties, required: Object.keys(properties).filter((key) => !optional.includes(key)) };
}

/** Parameters: an unknown name is refused, a misspelt filter would silently answer another question. */
function parameters(properties: Readonly<Record<string, unknown>>, required: readonly string[] = []) {
  return { type: 'object', properties, required, additionalProperties: false };
}

const limit = {
  type: 'integer',
  minimum: 1,
  maximum: PAGE_ITEMS_MAX,
  default: PAGE_ITEMS_DEFAULT,
  description: 'items of a page',
};
const cursor = {
  type: 'string',
  minLength: 1,
  maxLength: CURSOR_LENGTH_MAX,
  description: '`next` of the page before, unchanged',
};

export const NO_PARAMETERS = parameters({});
export const TRANSACTION_PARAMS = parameters({ id }, ['id']);
export const DEVICE_PARAMS = parameters({ did: deviceId }, ['did']);
export const TIPS_QUERY = parameters({
  count: { type: 'integer', minimum: TIPS_MIN, maximum: TIPS_MAX, default: TIPS_MIN, description: 'tips wanted' },
  issuer: { ...deviceId, description: `who will approve them: ${deviceId.description}` },
});
export const PAGE_QUERY = parameters({ cursor, limit });
/** The rest of the path; the routes themselves say what it may be. */
export const TILE_PARAMS = parameters({ '*': text });
export const CONSISTENCY_QUERY = parameters(
  {
    from: { ...position, description: 'size of the smaller tree' },
    to: { ...position, description: 'size of the larger tree; the newest certified one where it is left out' },
  },
  ['from'],
);
export const LOG_RANGE_QUERY = parameters({ device: deviceId, from: time, to: time, cursor, limit }, ['device']);
export const READINGS_QUERY = parameters({ from: time, to: time, cursor, limit });
export const EVENT_KINDS = ['witnessed', 'final', 'commit', 'certified'] as const;
export const EVENTS_QUERY = parameters({
  issuer: { ...deviceId, description: `only final events of this device: ${deviceId.description}` },
  id: { type: 'array', items: id, maxItems: WATCHED_IDS_MAX, description: 'only these transactions; may be repeated' },
  kinds: {
    type: 'string',
    pattern: `^(${EVENT_KINDS.join('|')})(,(${EVENT_KINDS.join('|')}))*$`,
    description: `comma-separated list of ${EVENT_KINDS.join(', ')}`,
  },
  lastEventId: {
    type: 'string',
    pattern: '^[0-9]{1,15}$',
    description: 'position after which to resume, as the header Last-Event-ID',
  },
});

/** `POST /v1/transactions` as JSON; the length is checked where the genesis is known. */
export const TRANSACTION_BODY = {
  type: 'object',
  properties: { transaction: { ...base64url, description: 'the complete signed bytes in base64url without padding' } },
  required: ['transaction'],
  additionalProperties: false,
};

export const PROBLEM = {
  type: 'object',
  description: 'RFC 9457 problem document',
  properties: { type: text, title: text, status: integer, detail: text, code: text },
  required: ['type', 'title', 'status', 'detail', 'code'],
  additionalProperties: true,
};

export const INFO = answer({
  name: text,
  role: { type: 'string', enum: ['validator', 'observer'] },
  version: text,
  network: hex(NETWORK_BYTES),
  networkName: text,
  genesisHash: id,
  epoch: integer,
  round: integer,
  commit: answer({ index: integer, digest: id, stateDigest: id, time }),
  logSize: integer,
  log: answer({ size: integer, certifiedSize: integer, certifiedRoot: nullable(id) }),
  pending: integer,
  maxPayload: integer,
  peers: { type: 'array', items: answer({ name: text, connected: boolean }) },
  observers: { type: 'array', items: answer({ name: text, connected: boolean }) },
  doubtful: boolean,
});
export const TIPS = answer({ tips: { type: 'array', items: id } });
export const SUBMITTED = answer({ id });

const outcome = answer({ status: { type: 'string', enum: ['accepted', 'rejected'] }, code: text }, ['code']);
const finalFields = {
  position: integer,
  outcome,
  commitIndex: integer,
  commitTime: time,
  issuerIndex: integer,
  evidence: boolean,
};

export const TRANSACTION = answer(
  {
    id,
    status: { type: 'string', enum: ['pending', 'witnessed', 'final', 'certified'] },
    approvalWeight: integer,
    totalWeight: integer,
    issuer: deviceId,
    sequence: u64,
    timestamp: time,
    parents: { type: 'array', items: id },
    payloadType: integer,
    payload: {
      type: 'object',
      description:
        'by `kind`: telemetry {senml: RFC 8428 records}, registry {change}, bytes {base64url, error where it should have been readable}',
      properties: { kind: { type: 'string', enum: ['telemetry', 'registry', 'bytes'] } },
      required: ['kind'],
      additionalProperties: true,
    },
    bytes: { ...base64url, description: 'the complete signed bytes, whose hash is the id' },
    ...finalFields,
  },
  Object.keys(finalFields),
);

export const DEVICE = answer({
  id: deviceId,
  role: { type: 'string', enum: ['device', 'operator', 'administrator'] },
  status: { type: 'string', enum: ['active', 'revoked', 'quarantined'] },
  ratePerSecond: { type: 'number', minimum: 0 },
  highestSequence: nullable(u64),
  transactions: integer,
  equivocated: boolean,
});

const next = { type: ['string', 'null'], description: 'cursor of the next page; null on the last' };
export const DEVICES = answer({ items: { type: 'array', items: DEVICE }, next });
export const READINGS = answer({
  items: {
    type: 'array',
    items: answer({
      name: text,
      time,
      senml: {
        type: ['object', 'null'],
        description: 'resolved SenML record (RFC 8428 section 4.6); null for a source time that SenML cannot write',
        additionalProperties: true,
      },
      transaction: id,
      position: integer,
      index: integer,
      transactionTime: time,
      commitTime: time,
    }),
  },
  next,
});

export const CONSISTENCY = answer({
  from: integer,
  to: integer,
  hashes: { type: 'array', items: text, description: 'base64 of 32 bytes each (RFC 9162 section 2.1.4.1)' },
});

const place = nullable(integer);
export const LOG_RANGE = answer({
  items: { type: 'array', items: integer, description: 'positions of the entries in the range, ascending' },
  next,
  before: place,
  after: place,
  records: answer({ beforeFrom: place, beforeTo: place, atTo: place }),
  certifiedSize: integer,
});
