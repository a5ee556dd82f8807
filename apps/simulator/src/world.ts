/**
 * The world: machines, network, devices and time, and nothing real but the code under test. One thread, one seed: the
 * same options and seed give the same trace, event for event.
 */
import { present } from '@tangle/core/assert';
import { nobleCrypto, nobleSigner, type Crypto } from '@tangle/core/crypto';
import type { ValidatorIndex } from '@tangle/core/ids';
import { nullCrypto, nullSigner, registration, testDevice, testNetwork, type TestNetwork } from '@tangle/core/testing';
import { SimDevice, type DeviceListener } from './device.js';
import { SimDisk, type CrashFate } from './disk.js';
import { EventQueue, type VirtualUs } from './event-queue.js';
import { Monitor } from './monitor.js';
import { SimNetwork } from './network.js';
import { SimNode, type NodeListener } from './node.js';
import { Random } from './prng.js';
import type { Fault, RunOptions } from './scenario.js';
import { sha256 } from './sha256.js';
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

export class World {
  readonly queue = new EventQueue();
  readonly trace: Trace;
  readonly network: SimNetwork;
  readonly nodes: readonly SimNode[];
  readonly devices: readonly SimDevice[];
  readonly monitor: Monitor;
  readonly testNetwork: TestNetwork;
  readonly #administrator: SimDevice;
  readonly #options: WorldOptions;
  readonly #random: Random;
  /** Disks that were made to fail, and for how long their machines stay down then. */
  readonly #failing = new Map<ValidatorIndex, number>();

  constructor(options: WorldOptions) {
    const { run, seed, onTrace } = options;
    this.#options = options;
    this.#random = new Random(`${seed}`);
    this.trace = new Trace(this.queue, onTrace ?? null);
    this.testNetwork = networkOf(run);
    const { genesis, crypto, signers, administrator } = this.testNetwork;
    this.monitor = new Monitor(genesis, crypto, this.queue);
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
          clockError: {
            offsetMs: Math.round((clocks.unit() * 2 - 1) * offsetMsMax),
            driftPpm: Math.round((clocks.unit() * 2 - 1) * driftPpmMax),
          },
          disk: new SimDisk(run.disk, this.queue, this.#random.fork(`disk ${index}`)),
          network: this.network,
          queue: this.queue,
          random: this.#random.fork(`node ${index}`),
          listener,
        }),
    );
    const surroundings = {
      network: this.testNetwork,
      nodes: this.nodes,
      queue: this.queue,
      listener: this.#deviceListener(),
    };
    this.#administrator = new SimDevice(administrator, 0, surroundings);
    const signerOf = signerOfRun(run);
    const keys = Array.from({ length: run.devices }, (_, index) => testDevice(`${index}`, signerOf));
    this.devices = keys.map((key, index) => new SimDevice(key, index % this.nodes.length, surroundings));
    // A reading that overtakes the registration of its device becomes final all the same, as `unknown-device`.
    this.queue.at(0, () => {
      for (const key of keys) {
        this.#administrator.send((sequence, parents) =>
          registration(this.testNetwork, key, { sequence, parents, timestampMs: genesis.parameters.time }),
        );
      }
    });
  }

  get nowMs(): number {
    return this.queue.nowUs / 1_000;
  }

  /** Nothing is open: all readings are taken, everything taken is final at every node, and every node knows it. */
  get isDone(): boolean {
    const { openCount } = this.monitor.liveness;
    const hasSent = [this.#administrator, ...this.devices].every((device) => device.waitingCount === 0);
    return hasSent && openCount === 0 && this.nodes.every(({ replica }) => replica?.engine.hasNeed === false);
  }

  startAll(): void {
    for (const node of this.nodes) node.start();
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
    return present(this.nodes[index], `no node ${index}`);
  }

  /** Devices take readings from now until `untilMs`, as the options say. */
  scheduleReadings(untilMs: number): void {
    const { readingsPerSecond, arrival } = this.#options.run;
    const random = this.#random.fork('readings');
    if (this.devices.length === 0 || readingsPerSecond === 0) return;
    const meanMs = 1_000 / readingsPerSecond;
    const next = (): void => {
      this.queue.after(arrival === 'fixed' ? meanMs : random.exponential(meanMs), () => {
        if (this.nowMs > untilMs) return;
        random.pick(this.devices).read();
        next();
      });
    };
    next();
  }

  scheduleFault(fault: Fault): void {
    const { atMs, forMs } = fault;
    const at = (ms: number, action: () => void): void => void this.queue.at(Math.ceil(ms * 1_000), action);
    switch (fault.kind) {
      case 'crash':
        at(atMs, () => this.crash(fault.node));
        at(atMs + forMs, () => this.restart(fault.node));
        return;
      case 'disk-failure':
        at(atMs, () => {
          this.#failing.set(fault.node, forMs);
          this.node(fault.node).disk.failNextWrite(this.#random.chance(0.5) ? 'failed-written' : 'failed-lost');
        });
        return;
      case 'partition':
        at(atMs, () => this.network.partition(fault.sets));
        at(atMs + forMs, () => this.network.heal());
        return;
    }
  }

  /** The weather turns fine: all machines run, all links are whole, nothing is lost any more. */
  heal(): void {
    this.network.change({ loss: 0, duplication: 0 });
    this.network.heal();
    for (const node of this.nodes) if (!node.isUp) this.restart(node.index);
  }

  /** Lets time pass. Stops early at a broken invariant. */
  async runUntil(untilMs: number): Promise<void> {
    const untilUs: VirtualUs = Math.ceil(untilMs * 1_000);
    // What was asked of the world from outside happens now, not after the first event.
    await settlePromises();
    while (this.monitor.violation === null) {
      const action = this.queue.next(untilUs);
      if (action === null) return;
      try {
        action();
      } catch (error) {
        this.monitor.report('honesty', error instanceof Error ? (error.stack ?? error.message) : String(error));
      }
      await settlePromises();
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

  #nodeListener(): NodeListener {
    const { monitor, trace } = this;
    return {
      onWrite: (node, records) => {
        trace.note('write', node.index, records.length);
        monitor.writes(node, records);
        const fate = this.#options.crashAt?.(node.index, 'write', node.writes) ?? null;
        if (fate !== null) this.#crashForAWhile(node, fate);
      },
      onWritten: (node, records, fate) => trace.note(fate, node.index, records.length),
      onSend: (node, _peer, message) => {
        const fate = this.#options.crashAt?.(node.index, 'send', node.sends) ?? null;
        if (fate !== null) this.#crashForAWhile(node, fate);
        else monitor.sends(node, message);
      },
      onCommit: (node, commit) => {
        trace.note('commit', node.index, commit.index, commit.digest, commit.timeMs);
        monitor.committed(node, commit);
      },
      onStarted: (node) => monitor.recovered(node),
      onFatal: (node, error) => {
        const downMs = this.#failing.get(node.index);
        if (error.code !== 'disk-failed' || downMs === undefined) {
          monitor.report('honesty', `node ${node.index} stops: ${error.message}\n${describeCause(error.cause)}`);
        }
        this.#failing.delete(node.index);
        this.#crashForAWhile(node, 'lost', downMs);
      },
      onAccusation: (node, accused, what) => {
        monitor.report('honesty', `node ${node.index} accuses node ${accused}: ${what}`);
      },
    };
  }

  #crashForAWhile(node: SimNode, fate: CrashFate, downMs = RESTART_MS): void {
    this.crash(node.index, fate);
    this.queue.after(downMs, () => this.restart(node.index));
  }

  #deviceListener(): DeviceListener {
    const { monitor, trace } = this;
    return {
      onSigned: (id, sinceUs) => monitor.signed(id, sinceUs),
      onAccepted: (id, node) => {
        trace.note('accepted', node, id);
        monitor.accepted(id, node);
      },
      onRefused: (id, answer) => monitor.report('honesty', `transaction ${id} got ${JSON.stringify(answer)}`),
    };
  }
}

/**
 * Lets all promises run that can run. A macrotask comes after every microtask, however long their chains are, and
 * costs 1.6 us on Node 20; counting microtasks instead costs 2.8 us for 32 of them and is too few for some answer of
 * the replica. No promise of the world waits for anything but the event queue, so what runs is the same every time.
 */
function settlePromises(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
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
  const key = `${signatures} ${weights.join(' ')}`;
  const known = networks.get(key);
  if (known !== undefined) return known;
  const crypto = signatures === 'real' ? REAL : MODELLED;
  const made = testNetwork({ weights, name: 'sim', crypto, signerOf: signerOfRun(run) });
  networks.set(key, made);
  return made;
}
