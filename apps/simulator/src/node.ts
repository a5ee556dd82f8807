/**
 * One machine: a disk and clocks that stay, and the processes that run on it one after the other. Each process is the
 * real replica; one that has crashed is cut off from everything, whatever its promises still do.
 */
import { invariant, present } from '@tangle/core/assert';
import type { Crypto, Signer } from '@tangle/core/crypto';
import type { ValidatorIndex } from '@tangle/core/ids';
import type { CertifiedHead } from '@tangle/core/log';
import type { Commit, Genesis } from '@tangle/core/model';
import {
  MemoryDisk,
  Replica,
  REPLICA_DEFAULTS,
  ReplicaHaltError,
  type ReplicaLimits,
  type StoreRecord,
  type VerifierPort,
  type WriteFate,
} from '@tangle/node/replica';
import type { Adversary, Strategy } from './adversaries/index.js';
import { SimClock, type ClockError } from './clock.js';
import type { CrashFate, SimDisk } from './disk.js';
import type { EventQueue } from './event-queue.js';
import type { NetworkMedium } from './network.js';
import type { Random } from './prng.js';
import { WallClock } from './wall-clock.js';

/** What the world hears of a machine. */
export interface NodeListener {
  onWrite(node: SimNode, records: readonly StoreRecord[]): void;
  onWritten(node: SimNode, records: readonly StoreRecord[], fate: WriteFate): void;
  /** Before a message is handed to the network; a crash in here keeps it from being sent. */
  onSend(node: SimNode, peer: ValidatorIndex, message: Uint8Array): void;
  onCommit(node: SimNode, commit: Commit): void;
  /** A quorum has cosigned this size of the log, and the node has it. */
  onCertified(node: SimNode, head: CertifiedHead): void;
  /** A process recovered from the disk and runs. */
  onStarted(node: SimNode): void;
  /** The replica gave up by itself. */
  onFatal(node: SimNode, error: ReplicaHaltError): void;
  /** A peer is accused of what no honest one does. Evidence: two of its signatures contradict each other. */
  onAccusation(node: SimNode, accused: ValidatorIndex, what: string, isEvidence: boolean): void;
}

export interface NodeOptions {
  readonly index: ValidatorIndex;
  readonly genesis: Genesis;
  readonly crypto: Crypto;
  readonly signer: Signer;
  readonly verifier: VerifierPort;
  /** Signs sizes of the log. */
  readonly cosigner: Signer;
  readonly clockError: ClockError;
  /** What differs from the defaults. */
  readonly limits: Partial<ReplicaLimits>;
  readonly disk: SimDisk;
  readonly network: NetworkMedium;
  readonly queue: EventQueue;
  readonly random: Random;
  readonly listener: NodeListener;
  /** Null for an honest validator. */
  readonly byzantine: Byzantine | null;
}

/** What a byzantine validator does, and all of them. */
export interface Byzantine {
  readonly strategy: Strategy;
  readonly accomplices: readonly ValidatorIndex[];
  /** Virtual time from which it brings up no transactions any more, so that the network can come to rest. */
  readonly busyUntilMs: number;
}

interface Process {
  readonly clock: SimClock;
  /** Between the replica and everything outside, where the validator is byzantine. */
  adversary: Adversary;
  replica: Replica | null;
}

export class SimNode {
  readonly index: ValidatorIndex;
  readonly disk: SimDisk;
  readonly wallClock: WallClock;
  readonly limits: ReplicaLimits;
  readonly #options: NodeOptions;
  readonly #adversaryRandom: Random;
  #process: Process | null = null;
  #sends = 0;
  #writes = 0;

  constructor(options: NodeOptions) {
    this.#options = options;
    this.index = options.index;
    this.disk = options.disk;
    this.wallClock = new WallClock(options.queue, options.genesis.parameters.time, options.clockError);
    this.limits = { ...REPLICA_DEFAULTS, ...options.limits };
    this.#adversaryRandom = options.random.fork('adversary');
  }

  /** The replica, while its process runs and has recovered. */
  get replica(): Replica | null {
    return this.#process?.replica ?? null;
  }

  get isByzantine(): boolean {
    return this.#options.byzantine !== null;
  }

  get isUp(): boolean {
    return this.#process !== null;
  }

  /**
   * Its own past is in doubt, or will be, or it has not signed since: it vouches for nobody's past, and has given up rounds
   * that others may wait for.
   */
  get isForgetful(): boolean {
    const { guard, firstStart } = this.disk.contents;
    if (this.disk.isRotten) return true;
    return guard === null ? !firstStart : guard.inDoubt || (guard.id === null && guard.round > 0);
  }

  /** Messages handed to the network, and writes begun, over all processes: the effect boundaries. */
  get sends(): number {
    return this.#sends;
  }

  get writes(): number {
    return this.#writes;
  }

  /** Starts a process on what the disk holds. Without effect while one runs. */
  start(): void {
    if (this.#process !== null) return;
    const { genesis, crypto, signer, cosigner, verifier, queue, random, listener, clockError, disk, byzantine } =
      this.#options;
    const clock = new SimClock(queue, this.wallClock, clockError);
    const process: Process = { clock, adversary: {}, replica: null };
    this.#process = process;
    process.adversary = this.#adversaryOf(process);
    const { adversary } = process;
    const ifAlive = (action: () => void): void => {
      if (this.#process === process) action();
    };
    const store = disk.open({
      onWrite: (records) => {
        this.#writes++;
        listener.onWrite(this, records);
      },
      onWritten: (records, fate) => listener.onWritten(this, records, fate),
    });
    Replica.start({
      genesis,
      crypto,
      validator: byzantine?.strategy.signs === 'strategy' ? null : { index: this.index, signer },
      cosigner,
      store,
      network: {
        send: (peer, message) => adversary.outgoing?.(peer, message) ?? this.#send(process, peer, message),
      },
      clock: {
        wallMs: () => adversary.wallMs?.(clock.wallMs()) ?? clock.wallMs(),
        monotonicMs: () => clock.monotonicMs(),
        schedule: (delayMs, callback) => clock.schedule(delayMs, callback),
      },
      random: { nextU32: () => random.u32() },
      verifier,
      limits: this.limits,
      listener: {
        onCommit: (commit) => ifAlive(() => listener.onCommit(this, commit)),
        onCertified: (head) => ifAlive(() => listener.onCertified(this, head)),
        onCosignerEquivocation: ({ validator, first }) =>
          ifAlive(() => listener.onAccusation(this, validator, `two roots for size ${first.size}`, true)),
        onEquivocation: ({ author, round }) =>
          ifAlive(() => listener.onAccusation(this, author, `two statements of round ${round}`, true)),
        onMisbehaviour: (peer, what) => ifAlive(() => listener.onAccusation(this, peer, what, false)),
      },
      onFatal: (error) =>
        ifAlive(() => {
          invariant(error instanceof ReplicaHaltError, 'a replica stops with an error of its own');
          listener.onFatal(this, error);
        }),
    }).then(
      (replica) => ifAlive(() => this.#run(process, replica)),
      (error: unknown) => ifAlive(() => listener.onFatal(this, new ReplicaHaltError('halted', String(error), error))),
    );
  }

  /** The process ends at once, in the middle of whatever it does. */
  crash(fate: CrashFate): void {
    if (this.#process === null) return;
    this.#process.clock.stop();
    this.#process = null;
    this.disk.crash(fate);
    this.#options.network.leave(this.index);
  }

  #run(process: Process, replica: Replica): void {
    process.replica = replica;
    this.#options.listener.onStarted(this);
    const { adversary } = process;
    this.#options.network.join(this.index, {
      peerUp: (peer) => {
        replica.peerUp(peer);
        adversary.peerUp?.(peer);
      },
      peerDown: (peer) => {
        replica.peerDown(peer);
        adversary.peerDown?.(peer);
      },
      receive: (peer, message) => {
        if (adversary.incoming === undefined) replica.receive(peer, message);
        else adversary.incoming(peer, message);
      },
    });
  }

  #adversaryOf(process: Process): Adversary {
    const { byzantine, genesis, crypto, signer, cosigner, verifier, queue } = this.#options;
    if (byzantine === null) return {};
    return byzantine.strategy.create({
      index: this.index,
      genesis,
      crypto,
      signer,
      cosigner,
      random: this.#adversaryRandom,
      clock: process.clock,
      accomplices: byzantine.accomplices,
      get replica() {
        return process.replica;
      },
      get isBusy() {
        return queue.nowUs < byzantine.busyUntilMs * 1_000;
      },
      startReplica: (store, network) =>
        Replica.start({
          genesis,
          crypto,
          validator: { index: this.index, signer },
          cosigner,
          store,
          network,
          clock: process.clock,
          random: { nextU32: () => this.#adversaryRandom.u32() },
          verifier,
          limits: this.limits,
          listener: {},
          // A liar that gives up is silent.
          onFatal: () => undefined,
        }),
      send: (peer, message) => this.#send(process, peer, message),
      deliver: (peer, message) => process.replica?.receive(peer, message),
      forgetEverything: () => {
        if (this.#process !== process) return;
        this.crash('lost');
        this.disk.restore(new MemoryDisk({ firstStart: true }));
        this.start();
      },
    });
  }

  #send(process: Process, peer: ValidatorIndex, message: Uint8Array): boolean {
    if (this.#process !== process) return false;
    this.#sends++;
    this.#options.listener.onSend(this, peer, message);
    // Asked again: the listener may have crashed this very process.
    return this.#isCurrent(process) && this.#options.network.send(this.index, peer, message);
  }

  #isCurrent(process: Process): boolean {
    return this.#process === process;
  }

  /** The replica of a machine that must be up. */
  running(): Replica {
    return present(this.replica, () => `node ${this.index} is down`);
  }
}
