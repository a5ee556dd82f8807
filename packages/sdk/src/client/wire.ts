/** The routes of a node that the SDK uses, and its JSON as typed data. Form only: whether it is true is checked later. */
import type { DeviceId, Digest, NetworkId, TransactionId, UnixMs } from '@tangle/core/ids';
import type { Outcome, RejectionCode } from '@tangle/core/model';
import type { Reading } from '@tangle/telemetry';
import type { Field } from './shape.js';
import { OUTCOME_CODES } from '@tangle/core/model';

/** Life of a transaction (PROTOCOL 1). */
export type TransactionStatus = 'pending' | 'witnessed' | 'final' | 'certified';

/** Where a transaction stands in the total order. */
export interface FinalPlace {
  /** Index of its leaf in the log. */
  readonly position: number;
  readonly commitIndex: number;
  readonly commitTimeMs: UnixMs;
  readonly outcome: Outcome;
}

export interface NodeInfo {
  readonly name: string;
  /** Null where the node does not tell. */
  readonly role: string | null;
  readonly version: string;
  readonly network: NetworkId;
  readonly networkName: string;
  readonly genesisHash: Digest;
  readonly epoch: number;
  readonly round: number;
  readonly commit: {
    readonly index: number;
    readonly digest: Digest;
    readonly stateDigest: Digest;
    readonly timeMs: UnixMs;
  };
  readonly logSize: number;
  /** Leaves under the largest checkpoint of a quorum, null where the node does not tell. */
  readonly certifiedSize: number | null;
  readonly pending: number;
  /** Payload bytes a transaction may carry. */
  readonly maxPayload: number;
  readonly peers: readonly { readonly name: string; readonly connected: boolean }[];
  readonly doubtful: boolean;
}

export interface DeviceInfo {
  readonly id: DeviceId;
  readonly role: 'device' | 'operator' | 'administrator';
  readonly status: 'active' | 'revoked' | 'quarantined';
  readonly ratePerSecond: number;
  /** Highest sequence number used, null where none. */
  readonly highestSequence: bigint | null;
  /** Final transactions of this issuer, rejected ones too. */
  readonly transactions: number;
  readonly equivocated: boolean;
}

/** One reading in its final place. Source, transaction and commit time are three different things. */
export interface ReadingInfo {
  readonly reading: Reading;
  readonly transaction: TransactionId;
  readonly position: number;
  /** Its index in the transaction's pack, from 0. */
  readonly index: number;
  readonly transactionTimeMs: UnixMs;
  readonly commitTimeMs: UnixMs;
}

export interface TransactionInfo {
  readonly id: TransactionId;
  readonly status: TransactionStatus;
  readonly approvalWeight: number;
  readonly totalWeight: number;
  /** The complete signed bytes. */
  readonly bytes: Uint8Array;
  /** The payload as the node decoded it, unchecked; for people. */
  readonly payload: unknown;
  /** Present once final. */
  readonly final: (FinalPlace & { readonly issuerIndex: number; readonly evidence: boolean }) | null;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

export type LedgerEvent =
  /** Everything after this position follows. */
  | { readonly kind: 'start'; readonly position: number | null }
  | { readonly kind: 'witnessed'; readonly id: TransactionId }
  | ({ readonly kind: 'final'; readonly id: TransactionId; readonly issuer: DeviceId } & FinalPlace)
  | {
      readonly kind: 'commit';
      readonly index: number;
      readonly digest: Digest;
      readonly timeMs: UnixMs;
      readonly transactions: number;
    }
  /** A quorum cosigned the log up to this size: leaves at lower positions have proofs. */
  | { readonly kind: 'certified'; readonly size: number; readonly root: Digest }
  /** This reader was too slow; final events of the range can be had by resuming from `afterPosition`. */
  | {
      readonly kind: 'gap';
      readonly afterPosition: number | null;
      readonly toPosition: number | null;
      readonly droppedEvents: number;
    };

/** Where the log holds a device's entries in a span of commit time, page by page. */
export interface LogRange {
  /** Positions of its entries in the span, ascending. */
  readonly positions: readonly number[];
  readonly next: string | null;
  /** Its entry just before and just after them. */
  readonly before: number | null;
  readonly after: number | null;
  /** Commit records: the last before the span, the last before its end, the first after it. */
  readonly recordBeforeFrom: number | null;
  readonly recordBeforeTo: number | null;
  readonly recordAtTo: number | null;
}

const REJECTION_CODES = OUTCOME_CODES.filter((code): code is RejectionCode => code !== 'accepted');
const PAGE_ITEMS_MAX = 10_000;
const DEVICE_ID = /^did:key:z6Mk[1-9A-HJ-NP-Za-km-z]{44}$/;

export function readInfo(field: Field): NodeInfo {
  const commit = field.get('commit');
  return {
    name: field.get('name').text(),
    role: field.get('role').nullable((role) => role.text()),
    version: field.get('version').text(),
    network: field.get('network').hex(8),
    networkName: field.get('networkName').text(),
    genesisHash: field.get('genesisHash').hex(32),
    epoch: field.get('epoch').integer(),
    round: field.get('round').integer(),
    commit: {
      index: commit.get('index').integer(),
      digest: commit.get('digest').hex(32),
      stateDigest: commit.get('stateDigest').hex(32),
      timeMs: commit.get('time').time(),
    },
    logSize: field.get('logSize').integer(),
    certifiedSize: field.get('log').nullable((log) => log.get('certifiedSize').integer()),
    pending: field.get('pending').integer(),
    maxPayload: field.get('maxPayload').integer(),
    peers: field
      .get('peers')
      .list(PAGE_ITEMS_MAX, (peer) => ({ name: peer.get('name').text(), connected: peer.get('connected').boolean() })),
    doubtful: field.get('doubtful').boolean(),
  };
}

export function readTips(field: Field): TransactionId[] {
  return field.get('tips').list(64, (tip) => tip.hex<TransactionId>(32));
}

export function readSubmitted(field: Field): TransactionId {
  return field.get('id').hex(32);
}

export function readTransaction(field: Field): TransactionInfo {
  const status = field.get('status').oneOf(['pending', 'witnessed', 'final', 'certified']);
  const final =
    status === 'final' || status === 'certified'
      ? {
          ...readPlace(field),
          issuerIndex: field.get('issuerIndex').integer(),
          evidence: field.get('evidence').boolean(),
        }
      : null;
  return {
    id: field.get('id').hex(32),
    status,
    approvalWeight: field.get('approvalWeight').integer(),
    totalWeight: field.get('totalWeight').integer(),
    bytes: field.get('bytes').base64url(),
    payload: field.get('payload').raw,
    final,
  };
}

export function readDevice(field: Field): DeviceInfo {
  return {
    id: readDeviceId(field.get('id')),
    role: field.get('role').oneOf(['device', 'operator', 'administrator']),
    status: field.get('status').oneOf(['active', 'revoked', 'quarantined']),
    ratePerSecond: field.get('ratePerSecond').finite(),
    highestSequence: field.get('highestSequence').nullable((sequence) => sequence.u64()),
    transactions: field.get('transactions').integer(),
    equivocated: field.get('equivocated').boolean(),
  };
}

export function readPage<Item>(field: Field, read: (item: Field) => Item): Page<Item> {
  return {
    items: field.get('items').list(PAGE_ITEMS_MAX, read),
    next: field.get('next').nullable((next) => next.text()),
  };
}

export function readLogRange(field: Field): LogRange {
  const records = field.get('records');
  const position = (place: Field): number => place.integer();
  return {
    positions: field.get('items').list(PAGE_ITEMS_MAX, position),
    next: field.get('next').nullable((next) => next.text()),
    before: field.get('before').nullable(position),
    after: field.get('after').nullable(position),
    recordBeforeFrom: records.get('beforeFrom').nullable(position),
    recordBeforeTo: records.get('beforeTo').nullable(position),
    recordAtTo: records.get('atTo').nullable(position),
  };
}

/** One event of the stream; null for a kind that is newer than this SDK. */
export function readEvent(kind: string | undefined, field: Field): LedgerEvent | null {
  switch (kind) {
    case 'start':
      return { kind, position: readPosition(field.get('position')) };
    case 'witnessed':
      return { kind, id: field.get('id').hex(32) };
    case 'final':
      return { kind, id: field.get('id').hex(32), issuer: readDeviceId(field.get('issuer')), ...readPlace(field) };
    case 'commit':
      return {
        kind,
        index: field.get('index').integer(),
        digest: field.get('digest').hex(32),
        timeMs: field.get('time').time(),
        transactions: field.get('transactions').integer(),
      };
    case 'certified':
      return { kind, size: field.get('size').integer(), root: field.get('root').hex(32) };
    case 'gap':
      return {
        kind,
        afterPosition: readPosition(field.get('afterPosition')),
        toPosition: readPosition(field.get('toPosition')),
        droppedEvents: field.get('droppedEvents').integer(),
      };
    default:
      return null;
  }
}

function readPlace(field: Field): FinalPlace {
  return {
    position: field.get('position').integer(),
    commitIndex: field.get('commitIndex').integer(),
    commitTimeMs: field.get('commitTime').time(),
    outcome: readOutcome(field.get('outcome')),
  };
}

function readOutcome(field: Field): Outcome {
  const status = field.get('status').oneOf(['accepted', 'rejected']);
  return status === 'accepted' ? { status } : { status, code: field.get('code').oneOf(REJECTION_CODES) };
}

function readDeviceId(field: Field): DeviceId {
  return field.text(DEVICE_ID, 'did:key:z6Mk..., an Ed25519 key') as DeviceId;
}

/** A position, or null for "before the first" however a node writes it. */
function readPosition(field: Field): number | null {
  return field.raw === -1 ? null : field.nullable((position) => position.integer());
}
