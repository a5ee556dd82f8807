/**
 * The world: machines, network, devices and time, and nothing real but the code under test. One thread, one seed: the
 * same options and seed give the same trace, event for event.
 */
import { present } from '@tangle/core/assert';
import { nobleCrypto, nobleSigner, type Crypto } from '@tangle/core/crypto';
import type { ValidatorIndex } from '@tangle/core/ids';
import { nullCrypto, nullSigner, testNetwork, type TestNetwork } from '@tangle/core/testing';
import { STRATEGIES } from './adversaries/index.js';
import type { DeviceListener, SimDevice } from './device.js';
import { SimDisk, type CrashFate } from './disk.js';
import { EventQueue, type VirtualUs } from './event-queue.js';
import { FaultInjector } from './faults.js';
import { Monitor } from './monitor.js';
import { SimNetwork } from './network.js';
import { SimNode, type Byzantine, type NodeListener } from './node.js';
import { Population } from './population.js';
import { Random } from './prng.js';
import type { Fault, RunOptions } from './run-options.js';
import { sha256 } from './sha256.js';
import { SharedVerifier } from './shared-verifier.js';
import { Trace, type TraceListener } from './trace.js';

/** Where a process can be stopped: before a batch is durable, and before each message after it. */
export type Boundary = 'write' | 'send';

export interface WorldOptions {
  readonly run: RunOptions;
  readonly seed: number;
  readonly onTrace?: TraceListener;
  /** Asked at each effect boundary, counted per node from 1; an answer crashes the process there. */
  readonly crashAt?: (node: ValidatorIndex, boundary: Boundary, count: number) => CrashFate | null;
}

/** Time a process that has stopped by itself stays down, milliseconds, unless a fault says otherwise. */
const RESTART_MS = 1_000;
/** Between two looks at what the nodes keep, milliseconds. */
const LOOK_MS = 1_000;

export class World {
  readonly queue = new EventQueue();
  readonly trace: Trace;
  readonly network: SimNetwork;
  readonly nodes: readonly SimNode[];
  /** The invariants are about these. */
  readonly honestNodes: readonly SimNode[];
  readonly population: Population;
  readonly monitor: Monitor;
  readonly testNetwork: TestNetwork;
  readonly #options: WorldOptions;
  readonly #random: Random;
  readonly #faults: FaultInjector;

  constructor(options: WorldOptions) {
    const { run, seed, onTrace } = options;
    this.#options = options;
    this.#random = new Random(`${seed}`);
    this.trace = new Trace(this.queue, onTrace ?? null);
    this.testNetwork = networkOf(run);
    const { genesis, crypto, signers, cosigners } = this.testNetwork;
    const accomplices = run.byzantine.map(({ node }) => node);
    const verifier = new SharedVerifier(genesis, crypto);
    this.network = new SimNetwork(run.network, this.queue, this.#random.fork('network'), this.trace);
    const listener = this.#nodeListener();
    const clocks = this.#random.fork('clocks');
    const { offsetMsMax, driftPpmMax } = run.clocks;
    this.nodes = signers.map(
      (signer, index) =>
        new SimNode({
          index,
          genesis,
          crypto,
          signer,
          verifier,
          cosigner: present(cosigners[index], 'a cosigner for each validator'),
          clockError: {
            offsetMs: Math.round((clocks.unit() * 2 - 1) * offsetMsMax),
            driftPpm: Math.round((clocks.unit() * 2 - 1) * driftPpmMax),
          },
          limits: run.limits[index] ?? {},
          disk: new SimDisk(run.disk, this.queue, this.#random.fork(`disk ${index}`)),
          network: this.network,
          queue: this.queue,
          random: this.#random.fork(`node ${index}`),
          listener,
          byzantine: byzantineAt(run, index, accomplices),
        }),
    );
    this.honestNodes = this.nodes.filter(({ isByzantine }) => !isByzantine);
    this.monitor = new Monitor({ genesis, crypto, verifier }, this.queue, this.honestNodes);
    this.#faults = new FaultInjector(this, this.#random.fork('faults'));
    this.population = new Population({
      run,
      network: this.testNetwork,
      signerOf: signerOfRun(run),
      gateways: this.honestNodes,
      queue: this.queue,
      random: this.#random,
      listener: this.#deviceListener(),
    });
  }

  get nowMs(): number {
    return this.queue.nowUs / 1_000;
  }

  /** The honest ones. */
  get devices(): readonly SimDevice[] {
    return this.population.devices;
  }

  /** Nothing is open: all readings are taken, everything taken is final at every honest node, and certified. */
  get isDone(): boolean {
    const isFinal = this.population.hasSent && this.monitor.liveness.openCount === 0;
    return isFinal && this.honestNodes.every((node) => this.#rests(node));
  }

  /** More lie than the protocol tolerates. */
  get isBeyondTolerance(): boolean {
    const { committee } = this.testNetwork.genesis;
    return this.#weightOf(({ isByzantine }) => isByzantine) > committee.faultWeight;
  }

  /** Honest nodes hold evidence against more of the weight than the protocol tolerates. */
  get isProven(): boolean {
    const { committee } = this.testNetwork.genesis;
    return this.#weightOf(({ index }) => this.monitor.proven.has(index)) > committee.faultWeight;
  }

  /** Weight of those that lie and of those that are forgetful: with f of it at most, everything else has to hold. */
  get unreliableWeight(): number {
    return this.#weightOf(({ isByzantine, isForgetful }) => isByzantine || isForgetful);
  }

  startAll(): void {
    for (const node of this.nodes) node.start();
    this.#lookAround();
  }

  crash(index: ValidatorIndex, fate: CrashFate = this.#random.chance(0.5) ? 'durable' : 'lost'): void {
    const node = this.node(index);
    if (!node.isUp) return;
    this.trace.note('crash', index, fate);
    node.crash(fate);
  }

  restart(index: ValidatorIndex): void {
    this.trace.note('start', index);
    this.node(index).start();
  }

  node(index: ValidatorIndex): SimNode {
    return present(this.nodes[index], () => `no node ${index}`);
  }

  /** Devices take readings for the time of the run, as the options say. */
  scheduleReadings(): void {
    this.population.schedule();
  }

  scheduleFault(fault: Fault): void {
    this.#faults.schedule(fault);
  }

  /** The weather turns fine: all machines run, all links are whole, nothing is lost any more. */
  heal(): void {
    this.network.change({ loss: 0, duplication: 0 });
    this.network.heal();
    this.#faults.heal();
    for (const node of this.nodes) if (!node.isUp) this.restart(node.index);
  }

  /** Lets time pass. Stops early at a broken invariant. */
  async runUntil(untilMs: number): Promise<void> {
    const untilUs: VirtualUs = Math.ceil(untilMs * 1_000);
    // What was asked of the world from outside happens now, not after the first event.
    await settlePromises();
    for (let events = 1; this.monitor.violation === null; events++) {
      const action = this.queue.next(untilUs);
      if (action === null) return;
      try {
        action();
      } catch (error) {
        this.monitor.report('honesty', error instanceof Error ? (error.stack ?? error.message) : String(error));
      }
      // Not for ever: whoever hosts this world waits for the loop.
      await (events % EVENTS_PER_LOOP === 0 ? settlePromises() : settlePromisesAtOnce());
    }
  }

  /** Lets time pass until something holds, looked at every `everyMs`; false where it never did. */
  async runWhile(isOngoing: () => boolean, untilMs: number, everyMs = 50): Promise<boolean> {
    while (isOngoing()) {
      if (this.nowMs >= untilMs || this.monitor.violation !== null) return false;
      await this.runUntil(Math.min(untilMs, this.nowMs + everyMs));
    }
    return true;
  }

  /** It knows its own past, has the whole order, sees it certified, needs nothing and asks for nothing. */
  #rests({ replica }: SimNode): boolean {
    if (replica === null) return false;
    const { head, hasNeed, inDoubt, gauges } = replica.engine;
    const { logSize } = this.monitor.order;
    const isWhole = head.logSize === logSize && (replica.log.published?.size ?? 0) === logSize;
    // What a liar has cited and nobody holds is asked for until everybody has said so.
    return isWhole && !inDoubt && !hasNeed && gauges.wantedIds === 0;
  }

  #weightOf(isMeant: (node: SimNode) => boolean): number {
    const { committee } = this.testNetwork.genesis;
    return this.nodes.filter(isMeant).reduce((sum, { index }) => sum + committee.weightOf(index), 0);
  }

  /** Looks at every honest node from time to time, for as long as the world lasts. */
  #lookAround(): void {
    this.queue.after(LOOK_MS, () => {
      for (const node of this.honestNodes) this.monitor.look(node);
      this.#lookAround();
    });
  }

  #nodeListener(): NodeListener {
    const { trace } = this;
    return {
      onWrite: (node, records) => {
        trace.note('write', node.index, records.length);
        if (node.isByzantine) return;
        this.monitor.writes(node, records);
        const fate = this.#options.crashAt?.(node.index, 'write', node.writes) ?? null;
        if (fate !== null) this.#crashForAWhile(node, fate);
      },
      onWritten: (node, records, fate) => {
        trace.note(fate, node.index, records.length);
        if (!node.isByzantine && fate !== 'failed-lost') this.monitor.written(records);
      },
      onSend: (node, _peer, message) => {
        if (node.isByzantine) return;
        const fate = this.#options.crashAt?.(node.index, 'send', node.sends) ?? null;
        if (fate !== null) this.#crashForAWhile(node, fate);
        else this.monitor.sends(node, message);
      },
      onCommit: (node, commit) => {
        trace.note('commit', node.index, commit.index, commit.digest, commit.timeMs);
        if (!node.isByzantine) this.monitor.committed(node, commit);
      },
      onCertified: (node, head) => {
        trace.note('certified', node.index, head.size, head.root);
        if (!node.isByzantine) this.monitor.certified(node, head);
      },
      onStarted: (node) => {
        if (!node.isByzantine) this.monitor.recovered(node);
      },
      onFatal: (node, error) => {
        // Down first: what explains it may exchange the disk.
        this.crash(node.index, 'lost');
        const downMs = this.#faults.explain(node, error);
        if (downMs === null && !node.isByzantine) {
          this.monitor.report('honesty', `node ${node.index} stops: ${error.message}\n${describeCause(error.cause)}`);
        }
        this.queue.after(downMs ?? RESTART_MS, () => this.restart(node.index));
      },
      onAccusation: (node, accused, what, isEvidence) => {
        if (!node.isByzantine) this.monitor.accuses(node, this.node(accused), what, isEvidence);
      },
    };
  }

  #crashForAWhile(node: SimNode, fate: CrashFate): void {
    this.crash(node.index, fate);
    this.queue.after(RESTART_MS, () => this.restart(node.index));
  }

  #deviceListener(): DeviceListener {
    const { monitor, trace } = this;
    return {
      onSigned: (id, sinceUs) => monitor.signed(id, sinceUs),
      onAccepted: (id, node) => {
        trace.note('accepted', node, id);
        // What a byzantine gateway promises binds nobody.
        if (!this.node(node).isByzantine) monitor.accepted(id, node);
      },
      onRefused: (id, answer) => monitor.report('honesty', `transaction ${id} got ${JSON.stringify(answer)}`),
    };
  }
}

/** Events between two turns of the event loop of Node. */
const EVENTS_PER_LOOP = 1_024;

/**
 * Lets all promises run that can run: a macrotask comes after every microtask, however long their chains are. No promise
 * of the world waits for anything but the event queue, so what runs is the same every time.
 */
export function settlePromises(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/**
 * The same, called from a promise: what is queued for the next tick from a microtask runs when no microtask is left. Takes a
 * third of the time of a macrotask, which goes through the whole event loop.
 */
function settlePromisesAtOnce(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve);
  });
}

function byzantineAt(run: RunOptions, index: ValidatorIndex, accomplices: readonly ValidatorIndex[]): Byzantine | null {
  const found = run.byzantine.find(({ node }) => node === index);
  if (found === undefined) return null;
  return {
    strategy: present(STRATEGIES.get(found.strategy), `no strategy ${found.strategy}`),
    accomplices,
    // What it has brought up by then has spread before the network is expected to rest.
    busyUntilMs: Math.max(run.durationMs / 2, run.durationMs - 5_000),
  };
}

function describeCause(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : '';
}

const MODELLED: Crypto = nullCrypto(sha256);
const REAL: Crypto = { ...nobleCrypto, sha256 };

function signerOfRun({ signatures }: RunOptions): typeof nobleSigner {
  return signatures === 'real' ? nobleSigner : (secretKey) => nullSigner(secretKey, sha256);
}

const networks = new Map<string, TestNetwork>();

/** Made once for each committee: the genesis checks every key, at a millisecond each. */
function networkOf(run: RunOptions): TestNetwork {
  const { weights, signatures } = run;
  const maxTips = Math.round(run.maxTips);
  const key = `${signatures} ${maxTips} ${weights.join(' ')}`;
  const known = networks.get(key);
  if (known !== undefined) return known;
  const crypto = signatures === 'real' ? REAL : MODELLED;
  const made = testNetwork({ weights, name: 'sim', crypto, signerOf: signerOfRun(run), parameters: { maxTips } });
  networks.set(key, made);
  return made;
}
