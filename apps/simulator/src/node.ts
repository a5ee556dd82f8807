/**
 * One machine: a disk and clocks that stay, and the processes that run on it one after the other. Each process is the
 * real replica; one that has crashed is cut off from everything, whatever its promises still do.
 */
import { invariant, present } from '@tangle/core/assert';
import type { Crypto, Signer } from '@tangle/core/crypto';
import type { PersistRecord } from '@tangle/core/engine';
import type { ValidatorIndex } from '@tangle/core/ids';
import type { Commit, Genesis } from '@tangle/core/model';
import { Replica, REPLICA_DEFAULTS, ReplicaHaltError, type WriteFate } from '@tangle/node/replica';
import { SimClock, type ClockError } from './clock.js';
import type { CrashFate, SimDisk } from './disk.js';
import type { EventQueue } from './event-queue.js';
import type { SimNetwork } from './network.js';
import type { Random } from './prng.js';

/** What the world hears of a machine. */
export interface NodeListener {
  onWrite(node: SimNode, records: readonly PersistRecord[]): void;
  onWritten(node: SimNode, records: readonly PersistRecord[], fate: WriteFate): void;
  /** Before a message is handed to the network; a crash in here keeps it from being sent. */
  onSend(node: SimNode, peer: ValidatorIndex, message: Uint8Array): void;
  onCommit(node: SimNode, commit: Commit): void;
  /** A process recovered from the disk and runs. */
  onStarted(node: SimNode): void;
  /** The replica gave up by itself. */
  onFatal(node: SimNode, error: ReplicaHaltError): void;
  /** A peer is accused of what no honest one does, or of equivocating. */
  onAccusation(node: SimNode, accused: ValidatorIndex, what: string): void;
}

export interface NodeOptions {
  readonly index: ValidatorIndex;
  readonly genesis: Genesis;
  readonly crypto: Crypto;
  readonly signer: Signer;
  readonly clockError: ClockError;
  readonly disk: SimDisk;
  readonly network: SimNetwork;
  readonly queue: EventQueue;
  readonly random: Random;
  readonly listener: NodeListener;
}

interface Process {
  readonly clock: SimClock;
  replica: Replica | null;
}

export class SimNode {
  readonly index: ValidatorIndex;
  readonly disk: SimDisk;
  readonly #options: NodeOptions;
  #process: Process | null = null;
  #sends = 0;
  #writes = 0;

  constructor(options: NodeOptions) {
    this.#options = options;
    this.index = options.index;
    this.disk = options.disk;
  }

  /** The replica, while its process runs and has recovered. */
  get replica(): Replica | null {
    return this.#process?.replica ?? null;
  }

  get isUp(): boolean {
    return this.#process !== null;
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
    const { genesis, crypto, signer, queue, random, listener, clockError, disk } = this.#options;
    const clock = new SimClock(queue, genesis.parameters.time, clockError);
    const process: Process = { clock, replica: null };
    this.#process = process;
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
      validator: { index: this.index, signer },
      store,
      network: { send: (peer, message) => this.#send(process, peer, message) },
      clock,
      random: { nextU32: () => random.u32() },
      limits: REPLICA_DEFAULTS,
      listener: {
        onCommit: (commit) => ifAlive(() => listener.onCommit(this, commit)),
        onEquivocation: ({ author, round }) =>
          ifAlive(() => listener.onAccusation(this, author, `two statements of round ${round}`)),
        onMisbehaviour: (peer, what) => ifAlive(() => listener.onAccusation(this, peer, what)),
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
    this.#options.network.join(this.index, {
      peerUp: (peer) => replica.peerUp(peer),
      peerDown: (peer) => replica.peerDown(peer),
      receive: (peer, message) => replica.receive(peer, message),
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
    return present(this.replica, `node ${this.index} is down`);
  }
}
