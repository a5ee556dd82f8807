/**
 * The local policy of a node, at the one place where it may act: where a device submits (PROTOCOL 3). Whether the
 * sender's token is for this, the device registered, its readings readable; that it keeps to its rate and its share.
 */
import type { Scope } from '../access/index.js';
import type { SubmitRefusal } from '../api/index.js';
import type { DeviceRecord } from '@tangle/core/ledger';
import { deviceIdOfIssuer, PAYLOAD_TYPE, type CheckedTransaction, type Commit } from '@tangle/core/model';
import { unpackReadings } from '@tangle/telemetry';
import type { SubmitAnswer } from '../replica/index.js';
import { DeviceRates } from './device-rates.js';
import { FairShare } from './fair-share.js';

/** For something to become final: a few rounds. */
const SHARE_RETRY_MS = 1_000;

export interface AdmissionOptions {
  /** What the registry says of an issuer. */
  readonly device: (issuer: string) => DeviceRecord | undefined;
  /** Accepted transactions that are not final, and how many there may be. */
  readonly openCount: () => number;
  readonly openMax: number;
  /** For devices that none is provisioned for; 0 = no limit. */
  readonly ratePerSecondDefault: number;
  readonly monotonicMs: () => number;
}

export class Admission {
  readonly #options: AdmissionOptions;
  readonly #rates = new DeviceRates();
  readonly #share = new FairShare();
  /** Admitted, and not yet among those that `openCount` counts. */
  #underWay = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  get gauges(): Readonly<Record<string, number>> {
    return { ratedDevices: this.#rates.size, admittedOpenTransactions: this.#share.size };
  }

  /** Null where it is let in; then `conclude` has to follow. `scopes` are those of whoever hands it in. */
  admit(transaction: CheckedTransaction, scopes: ReadonlySet<Scope>): SubmitRefusal | null {
    const refused = refusalOfScope(transaction, scopes) ?? this.#refusalOf(transaction);
    if (refused !== null) return refused;
    this.#underWay += 1;
    this.#share.add(transaction.id, transaction.issuer);
    return null;
  }

  /**
   * Whether a validator takes what an observer brings and no statement cites yet. Where it answers no, it may answer yes
   * later, if the sender is honest: revoked devices' transactions are the ledger's to reject, for the observer that has
   * accepted one before holds it until it is final.
   */
  admitsRelayed(transaction: CheckedTransaction): boolean {
    const { issuer } = transaction;
    const device = this.#options.device(issuer);
    if (device === undefined || refusalOfPayload(transaction) !== null) return false;
    return this.#refusalOfRate(device, issuer, issuer) === null;
  }

  /** What became of a transaction that was let in. */
  conclude({ id, issuer }: CheckedTransaction, answer: SubmitAnswer['kind']): void {
    this.#underWay -= 1;
    if (answer !== 'accepted') this.#share.remove(id);
    // Refused for what is the matter with the node: it costs the device nothing.
    if (answer !== 'overloaded' && answer !== 'stopping') return;
    const device = this.#options.device(issuer);
    const rate = device === undefined ? 0 : this.#rateOf(device);
    if (rate > 0) this.#rates.giveBack(issuer, rate);
  }

  committed({ entries }: Commit): void {
    for (const { id } of entries) this.#share.remove(id);
  }

  #refusalOf(transaction: CheckedTransaction): SubmitRefusal | null {
    const { issuer } = transaction;
    const id = deviceIdOfIssuer(issuer);
    const device = this.#options.device(issuer);
    if (device === undefined) {
      return refusal('unknown-device', `${id} is not registered; an administrator registers it`);
    }
    if (device.status !== 'active') return refusal(device.status, `${id} was ${device.status}`);
    return refusalOfPayload(transaction) ?? this.#refusalOfShare(issuer, id) ?? this.#refusalOfRate(device, issuer, id);
  }

  #refusalOfShare(issuer: string, id: string): SubmitRefusal | null {
    const { openCount, openMax } = this.#options;
    const free = openMax - openCount() - this.#underWay;
    if (this.#share.isWithin(issuer, free)) return null;
    const held = this.#share.held(issuer);
    const detail = `${held} transactions of ${id} are not final yet, and this node has ${free} places left`;
    return { code: 'share-exceeded', detail, extensions: { found: held, allowed: free }, retryAfterMs: SHARE_RETRY_MS };
  }

  /** 0 = no limit. */
  #rateOf({ ratePerSecond }: DeviceRecord): number {
    return ratePerSecond > 0 ? ratePerSecond : this.#options.ratePerSecondDefault;
  }

  #refusalOfRate(device: DeviceRecord, issuer: string, id: string): SubmitRefusal | null {
    const rate = this.#rateOf(device);
    if (rate === 0) return null;
    const waitMs = this.#rates.take(issuer, rate, this.#options.monotonicMs());
    if (waitMs === 0) return null;
    const detail = `${id} may send ${rate} transactions a second`;
    return { code: 'rate-limited', detail, extensions: { allowed: rate }, retryAfterMs: waitMs };
  }
}

function refusalOfPayload({ payloadType, payload, timestampMs }: CheckedTransaction): SubmitRefusal | null {
  if (payloadType !== PAYLOAD_TYPE.telemetry) return null;
  const readings = unpackReadings(payload, { referenceTimeMs: timestampMs });
  return readings.ok ? null : refusal('malformed-payload', readings.reason.message);
}

/** Administration is a scope of its own; the ledger looks at the signer's role besides (PROTOCOL 7). */
function refusalOfScope({ payloadType }: CheckedTransaction, scopes: ReadonlySet<Scope>): SubmitRefusal | null {
  const needed: Scope = payloadType === PAYLOAD_TYPE.registry ? 'admin' : 'submit';
  if (scopes.has(needed)) return null;
  const what = needed === 'admin' ? 'A change of the registry' : 'A transaction that is no change of the registry';
  const found = [...scopes].join(' ');
  return {
    code: 'insufficient-scope',
    detail: `${what} needs the scope ${needed}`,
    extensions: { found, allowed: needed },
    retryAfterMs: null,
  };
}

function refusal(code: string, detail: string): SubmitRefusal {
  return { code, detail, extensions: {}, retryAfterMs: null };
}
