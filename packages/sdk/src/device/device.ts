/**
 * A device: signs readings, keeps them in the outbox, gets them to a node and follows them to their place in the order.
 * ONE PROCESS PER KEY: two would sign different contents under one number, which the ledger keeps as evidence of
 * equivocation (PROTOCOL 7). A durable outbox holds the counter; without one it is taken from the ledger at `open`,
 * which does not see numbers that an earlier process left pending: let that one end with `drain()`.
 */
import type { Signer } from '@tangle/core/crypto';
import type { DeviceId, Digest, UnixMs } from '@tangle/core/ids';
import type { Reading, Row } from '@tangle/telemetry';
import type { Samples } from '@tangle/core/proof';
import type { BlobStore } from '../blobs.js';
import type { Connection, ConnectionOptions } from '../connection.js';
import type { DeviceKey } from '../keys.js';
import type { Attachment, Outbox, OutboxState, SubmissionSource } from '../outbox.js';
import type { WaitStage } from './entry.js';
import type { PayloadOptions, ReadingValues } from './payload.js';
import type { Parents } from './tip-cache.js';
import { decodeTransaction, TRANSACTION_OVERHEAD_BYTES } from '@tangle/core/codec';
import { deviceIdOf, PAYLOAD_TYPE, signTransaction, SUITE_ED25519 } from '@tangle/core/model';
import { BATCH_SEED_BYTES, createBatch } from '@tangle/core/proof';
import { keepBlob } from '../blobs.js';
import { connect } from '../connection.js';
import { asTangleError, invalidArgument, TangleError } from '../errors.js';
import { signerOf } from '../keys.js';
import { memoryOutbox } from '../outbox.js';
import { Entry } from './entry.js';
import { FinalTracker } from './final-tracker.js';
import { firstSequence } from './first-sequence.js';
import { OpenEntries } from './open-entries.js';
import { packInput, packRows } from './payload.js';
import { Receipt } from './receipt.js';
import { ProofDesk } from './proof-desk.js';
import { requireSamples } from './samples.js';
import { Submitter } from './submitter.js';
import { TipCache } from './tip-cache.js';

export interface DeviceOptions extends ConnectionOptions {
  readonly key: DeviceKey;
  /** Default: in memory. Closed with the device. */
  readonly outbox?: Outbox;
}

export interface SubmitOptions {
  /** Wait for this before answering; default: only until it is kept. */
  readonly wait?: WaitStage;
  /** Kept with it, so that an interrupted run can resume after `highWater`; a position is taken once. */
  readonly source?: SubmissionSource;
}

export interface AnchorOptions extends SubmitOptions {
  /** Where samples and seed are kept; they never go to a node. */
  readonly blobs: BlobStore;
}

/** What is signed but for sequence number and parents. */
interface Content {
  readonly payloadType: number;
  readonly payload: Uint8Array;
  readonly timestampMs: UnixMs;
}

/** Where the samples of an anchor are kept, and when they are durable there. */
interface KeptApart {
  readonly blobs: BlobStore | null;
  readonly stored: Promise<void>;
}

const NOTHING_KEPT_APART: KeptApart = { blobs: null, stored: Promise.resolve() };

const U16_MAX = 0xffff;
const SEQUENCE_MAX = 2n ** 64n - 1n;

export class Device {
  readonly id: DeviceId;
  readonly genesisHash: Digest;
  /** Receipts of what an earlier process left in the outbox; it is being sent again. */
  readonly recovered: readonly Receipt[];
  readonly #signer: Signer;
  readonly #outbox: Outbox;
  readonly #connection: Connection;
  readonly #entries = new OpenEntries();
  readonly #tips: TipCache;
  readonly #submitter: Submitter;
  readonly #tracker: FinalTracker;
  readonly #proofs: ProofDesk;
  #nextSequence: bigint;
  /** Submissions take their numbers one after the other, in the order of the calls. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Signed, and on their way into the outbox. */
  #keeping = 0;
  #wakeAdmission: () => void = () => undefined;
  #wakeDrains: (() => void)[] = [];
  /** Why nothing can be submitted any more. */
  #broken: TangleError | null = null;

  /**
   * Opens a device. Without a node it opens only from a genesis file and an outbox that was used before.
   * Throws `invalid-argument`, `invalid-genesis`, `genesis-mismatch`, `outbox-*`, `node-unreachable`.
   * @example
   * const device = await Device.open({ key: generateKey(), genesis, nodes: ['http://127.0.0.1:7410'] });
   * const receipt = await device.submit({ temperature: 41.7, pressure: 160.2 }, { time: new Date() });
   * const { outcome, position } = await receipt.final();
   */
  static async open(options: DeviceOptions): Promise<Device> {
    const signer = signerOf(options.key);
    const connection = await connect(options);
    const outbox = options.outbox ?? memoryOutbox();
    const device = deviceIdOf(SUITE_ED25519, signer.publicKey);
    const state = await outbox.open({ device, network: connection.network.network });
    try {
      const sequence = await firstSequence(device, state, outbox.durable, connection);
      return new Device(signer, outbox, state, sequence, connection);
    } catch (error) {
      await outbox.close();
      throw error;
    }
  }

  private constructor(signer: Signer, outbox: Outbox, state: OutboxState, sequence: bigint, connection: Connection) {
    this.id = deviceIdOf(SUITE_ED25519, signer.publicKey);
    this.genesisHash = connection.network.genesisHash;
    this.#signer = signer;
    this.#outbox = outbox;
    this.#connection = connection;
    this.#nextSequence = sequence;
    const { signal } = connection.controller;
    const shared = { ...connection, device: this.id, entries: this.#entries, signal };
    const onBroken = (error: unknown): void => {
      this.#break(asTangleError(error, 'outbox-failed', 'the device cannot go on'));
    };
    this.#tips = new TipCache({ ...shared, genesisId: connection.network.genesisId });
    this.#submitter = new Submitter({
      ...shared,
      reattach: (entry) => this.#reattach(entry),
      onSubmitted: (entry) => {
        entry.newsAtMs = connection.clock.monotonicMs();
        entry.reach('submitted');
        if (entry.recovered || entry.attachments.length > 1) this.#tracker.ask(entry);
      },
      onHopeless: (entry) => {
        this.#settle(entry);
      },
      onChange: () => {
        this.#changed();
      },
      onBroken,
    });
    this.#tracker = new FinalTracker({
      ...shared,
      onFinal: (entry, result) => {
        this.#settle(entry);
        entry.finish(result);
      },
      onLost: (entry) => {
        this.#submitter.enqueue(entry);
      },
      onBroken,
    });
    this.#proofs = new ProofDesk(connection, (entry) => this.#tracker.watchWitnessed(entry));
    connection.pool.onChange = () => {
      this.#wakeAdmission();
    };
    this.recovered = state.entries.map(({ sequence: number, attachments }) => {
      return new Receipt(this.#track(new Entry(number, attachments, true)), this.#proofs);
    });
  }

  /** Transactions that are not final. */
  get open(): number {
    return this.#entries.size;
  }

  /** Highest position kept under a source name, by this process or an earlier one; null where none. */
  highWater(name: string): number | null {
    return this.#outbox.highWater(name);
  }

  /**
   * One transaction of telemetry (SenML): values of one instant by channel name, or readings with times of their own.
   * Resolves once it is signed and kept; waits for that while too many are under way (see Limits) and for the issuer's
   * window. Throws `invalid-argument`, `payload-too-large`, `already-submitted`, `sequence-exhausted`, `outbox-failed`,
   * `closed`.
   */
  async submit(
    values: ReadingValues | readonly Reading[],
    options: PayloadOptions & SubmitOptions = {},
  ): Promise<Receipt> {
    const { clock, network } = this.#connection;
    const payload = packInput(values, options, clock.wallMs(), network.maxPayload);
    return this.submitPayload(PAYLOAD_TYPE.telemetry, payload, options);
  }

  /** One transaction of several rows, each with its own time; all of them must fit `maxPayload`. */
  async submitBatch(
    rows: readonly Row[],
    options: Omit<PayloadOptions, 'time'> & SubmitOptions = {},
  ): Promise<Receipt> {
    return this.submitPayload(
      PAYLOAD_TYPE.telemetry,
      packRows(rows, options, this.#connection.network.maxPayload),
      options,
    );
  }

  /**
   * One transaction that anchors up to 65,536 samples: their salted root goes on the ledger, samples and seed into the
   * blob store first. Each of them can then be proven alone, by `receipt.proof({ reading })`. Throws as `submit`, and
   * `blob-failed`.
   * @example
   * const receipt = await device.submitAnchor(samplesOfRows(rows, { ratePerSecond: 20_000 }), { blobs });
   */
  async submitAnchor(samples: Samples, options: AnchorOptions): Promise<Receipt> {
    requireSamples(samples);
    if (this.#broken !== null) throw this.#broken;
    // Before the samples are hashed and kept: a position that was taken makes no batch.
    if (options.source !== undefined) this.#outbox.checkSource(options.source);
    const { random, crypto, network } = this.#connection;
    const batch = createBatch(samples, random(BATCH_SEED_BYTES), crypto);
    const { payload } = batch;
    requireFit(payload, network.maxPayload);
    const stored = keepBlob(batch, options.blobs);
    // Awaited in its turn below; a blob that fails before its turn has come is not yet anybody's unhandled error.
    stored.catch(() => undefined);
    return this.#submit(PAYLOAD_TYPE.anchor, payload, options, { blobs: options.blobs, stored });
  }

  /** One transaction of any payload type, u16; bytes up to the network's `maxPayload`. */
  async submitPayload(payloadType: number, payload: Uint8Array, options: SubmitOptions = {}): Promise<Receipt> {
    return this.#submit(payloadType, payload, options, NOTHING_KEPT_APART);
  }

  async #submit(
    payloadType: number,
    payload: Uint8Array,
    options: SubmitOptions,
    { blobs, stored }: KeptApart,
  ): Promise<Receipt> {
    const { clock, network } = this.#connection;
    if (!Number.isInteger(payloadType) || payloadType < 0 || payloadType > U16_MAX) {
      throw invalidArgument('payload type', payloadType, `0 to ${U16_MAX}`);
    }
    requireFit(payload, network.maxPayload);
    const content = { payloadType, payload: new Uint8Array(payload), timestampMs: clock.wallMs() };
    const receipt = new Receipt(await this.#keep(content, options.source ?? null, stored), this.#proofs, blobs);
    if (options.wait === 'submitted') await receipt.submitted();
    if (options.wait === 'witnessed') await receipt.witnessed();
    if (options.wait === 'final') await receipt.final();
    if (options.wait === 'certified') await receipt.certified();
    return receipt;
  }

  /** Resolves once everything submitted so far is final; rejects with the reason where nodes refuse something. */
  async drain(): Promise<void> {
    for (;;) {
      if (this.#entries.size === 0) return;
      if (this.#broken !== null) throw this.#broken;
      for (const entry of this.#entries.values()) if (entry.refusal !== null) throw entry.refusal;
      await new Promise<void>((resolve) => {
        this.#wakeDrains.push(resolve);
      });
    }
  }

  /** Stops sending and listening. What is not final stays in a durable outbox; whoever waits gets `closed`. */
  async close(): Promise<void> {
    this.#break(new TangleError('closed', 'the device was closed'));
    await this.#turn;
    await this.#outbox.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #keep(content: Content, source: SubmissionSource | null, stored: Promise<void>): Promise<Entry> {
    this.#submitter.retryParked();
    const { entry, kept } = await this.#inTurn(async () => {
      // In its turn: a later call whose blob is durable sooner takes a later number all the same.
      await stored;
      await this.#room(TRANSACTION_OVERHEAD_BYTES + content.payload.length);
      const parents = await this.#tips.take();
      if (this.#broken !== null) throw this.#broken;
      if (source !== null) this.#outbox.checkSource(source);
      if (this.#nextSequence > SEQUENCE_MAX) {
        throw new TangleError('sequence-exhausted', `${this.id} has used every number up to ${SEQUENCE_MAX}`);
      }
      const attachment = this.#sign(content, this.#nextSequence, parents);
      const signed = new Entry(this.#nextSequence, [attachment]);
      this.#nextSequence += 1n;
      this.#keeping += 1;
      this.#entries.add(signed);
      return { entry: signed, kept: this.#outbox.append(signed.sequence, attachment, source) };
    });
    try {
      await kept;
    } catch (error) {
      this.#break(asTangleError(error, 'outbox-failed', 'the outbox could not keep a transaction'));
      throw error;
    } finally {
      this.#keeping -= 1;
    }
    return this.#track(entry);
  }

  #track(entry: Entry): Entry {
    if (!this.#entries.has(entry)) this.#entries.add(entry);
    this.#tracker.start();
    this.#submitter.enqueue(entry);
    return entry;
  }

  #inTurn<Value>(operation: () => Promise<Value>): Promise<Value> {
    const result = this.#turn.then(operation);
    // The next one's turn comes whatever became of this one; its caller has the error.
    this.#turn = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  /** Waits until one more transaction may be signed. */
  async #room(size: number): Promise<void> {
    const { limits, pool } = this.#connection;
    for (;;) {
      if (this.#broken !== null) throw this.#broken;
      const keepable =
        this.#entries.size === 0 ||
        (this.#entries.size < limits.openMax && this.#entries.bytes + size <= limits.openBytesMax);
      const inWindow = this.#entries.maySend(this.#nextSequence);
      const sendable = inWindow && this.#keeping + this.#submitter.busy < limits.inFlightMax;
      // Out of reach of every node, readings are kept and sent later, in their window.
      if (keepable && (sendable || pool.offline)) return;
      const refusal = inWindow ? null : (this.#entries.oldest?.refusal ?? null);
      if (refusal !== null) throw refusal;
      await new Promise<void>((resolve) => {
        this.#wakeAdmission = resolve;
      });
    }
  }

  #sign(content: Content, sequence: bigint, parents: Parents): Attachment {
    const { network, crypto } = this.#connection;
    const issuer = { network: network.network, suite: SUITE_ED25519, issuerKey: this.#signer.publicKey };
    const { id, bytes } = signTransaction({ ...issuer, ...content, sequence, parents }, this.#signer, crypto);
    return { id, bytes };
  }

  /** The same content under other parents: no equivocation, the ledger accepts one of them (PROTOCOL 7). */
  async #reattach(entry: Entry): Promise<void> {
    const decoded = decodeTransaction(entry.newest.bytes, this.#connection.crypto);
    if (!decoded.ok) {
      throw new TangleError('outbox-damaged', `number ${entry.sequence} of the outbox is no transaction`);
    }
    this.#tips.discard();
    const parents = await this.#tips.take();
    const [first, second] = decoded.value.parents;
    if (parents[0] === first && parents[1] === second) return;
    const attachment = this.#sign(decoded.value, entry.sequence, parents);
    await this.#outbox.append(entry.sequence, attachment, null);
    if (this.#entries.has(entry)) this.#entries.attach(entry, attachment);
  }

  #settle(entry: Entry): void {
    this.#entries.remove(entry);
    this.#outbox.settle(entry.sequence);
    this.#submitter.pump();
    this.#changed();
  }

  #changed(): void {
    this.#wakeAdmission();
    for (const wake of this.#wakeDrains.splice(0)) wake();
  }

  #break(error: TangleError): void {
    if (this.#broken !== null) return;
    this.#broken = error;
    this.#connection.controller.abort();
    for (const entry of this.#entries.values()) entry.fail(error);
    this.#changed();
  }
}

function requireFit(payload: Uint8Array, payloadBytesMax: number): void {
  if (payload.length <= payloadBytesMax) return;
  throw new TangleError('payload-too-large', `payload is ${payload.length} bytes, allowed: ${payloadBytesMax}`, {
    details: { field: 'payload', found: payload.length, allowed: payloadBytesMax },
  });
}
