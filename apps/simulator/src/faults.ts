/**
 * Makes the faults of a run happen, and knows afterwards which stop of a process one of them explains. Amnesia is bounded:
 * validators that lie and those whose own past is in doubt weigh f together at most, or nobody could settle a doubt
 * (PROTOCOL 9). A fault that would be one too many is left out, and the trace says so.
 */
import type { ValidatorIndex } from '@tangle/core/ids';
import { MemoryDisk } from '@tangle/node/replica';
import type { Mend } from './network.js';
import type { SimNode } from './node.js';
import type { Random } from './prng.js';
import type { Fault, FaultKind } from './run-options.js';
import type { World } from './world.js';

/** Time a machine stays down whose disk is exchanged because a record has rotted, milliseconds. */
const EXCHANGE_MS = 1_000;

interface DiskFault {
  readonly kind: FaultKind;
  readonly node: ValidatorIndex;
  readonly forMs: number;
}

export class FaultInjector {
  readonly #world: World;
  readonly #random: Random;
  /** Disks that were made to fail, and for how long their machines stay down then. */
  readonly #failing = new Map<ValidatorIndex, number>();

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
  }

  schedule(fault: Fault): void {
    const { atMs, forMs } = fault;
    const { network } = this.#world;
    switch (fault.kind) {
      case 'crash':
        this.#at(atMs, () => this.#world.crash(fault.node, this.#random.chance(0.5) ? 'durable' : 'lost'));
        this.#at(atMs + forMs, () => this.#world.restart(fault.node));
        return;
      case 'disk-failure':
        this.#at(atMs, () => this.#failNextWrite(fault));
        return;
      case 'wipe':
        this.#at(atMs, () => this.#replaceDisk(fault, () => new MemoryDisk({ firstStart: false })));
        return;
      case 'restore':
        this.#restore(fault);
        return;
      case 'rot':
        this.#at(atMs, () => this.#rot(this.#world.node(fault.node)));
        return;
      case 'clock-jump':
        this.#at(atMs, () => this.#world.node(fault.node).wallClock.jump(fault.byMs));
        this.#at(atMs + forMs, () => this.#world.node(fault.node).wallClock.jump(-fault.byMs));
        return;
      case 'clock-freeze':
        this.#at(atMs, () => this.#world.node(fault.node).wallClock.freeze());
        this.#at(atMs + forMs, () => this.#world.node(fault.node).wallClock.thaw());
        return;
      case 'partition':
        this.#disturb(fault, () => network.partition(fault.sets));
        return;
      case 'one-way':
        this.#disturb(fault, () => network.cutOneWay(fault.from, fault.to));
        return;
      case 'clog':
        this.#disturb(fault, () => network.clog(fault.from, fault.to));
        return;
      case 'slow':
        this.#disturb(fault, () => network.slow(fault.from, fault.to, fault.factor));
        return;
    }
  }

  /** How long the machine stays down for a stop that a fault explains; null where none does. */
  explain(node: SimNode, error: Error): number | null {
    if (hasCode(error, 'record-corrupt') && node.disk.isRotten) {
      // The operator exchanges the disk. The weight of it was set aside when the record rotted.
      this.#exchange(node, new MemoryDisk({ firstStart: false }));
      return EXCHANGE_MS;
    }
    const downMs = this.#failing.get(node.index);
    this.#failing.delete(node.index);
    return downMs !== undefined && hasCode(error, 'disk-failed') ? downMs : null;
  }

  /** No disk fails any more, and what has rotted without being noticed is as it was. */
  heal(): void {
    this.#failing.clear();
    for (const { disk } of this.#world.nodes) disk.cure();
  }

  #failNextWrite({ node, forMs }: DiskFault): void {
    this.#failing.set(node, forMs);
    this.#world.node(node).disk.failNextWrite(this.#random.chance(0.5) ? 'failed-written' : 'failed-lost');
  }

  #restore(fault: DiskFault & { readonly atMs: number; readonly ageMs: number }): void {
    const { disk } = this.#world.node(fault.node);
    let backup: MemoryDisk | null = null;
    this.#at(Math.max(0, fault.atMs - fault.ageMs), () => {
      backup = disk.snapshot();
    });
    this.#at(fault.atMs, () =>
      this.#replaceDisk(fault, () => {
        backup?.doubt();
        return backup ?? new MemoryDisk({ firstStart: false });
      }),
    );
  }

  #replaceDisk({ kind, node: index, forMs }: DiskFault, contents: () => MemoryDisk): void {
    const node = this.#world.node(index);
    if (!this.#mayForget(node)) return;
    this.#world.trace.note(kind, index);
    this.#world.crash(index, 'lost');
    this.#exchange(node, contents());
    this.#world.queue.after(forMs, () => this.#world.restart(index));
  }

  #exchange(node: SimNode, contents: MemoryDisk): void {
    node.disk.restore(contents);
    this.#world.monitor.forgot(node);
    this.#world.population.nodeForgot();
  }

  #rot(node: SimNode): void {
    const { disk } = node;
    if (!this.#mayForget(node)) return;
    const records = [...disk.contents.transactions(), ...disk.contents.statements()].map(({ id }) => id);
    if (records.length === 0) return;
    const record = this.#random.pick(records);
    this.#world.trace.note('rot', node.index, record);
    disk.rot(record);
  }

  #mayForget(node: SimNode): boolean {
    const { committee } = this.#world.testNetwork.genesis;
    const weight = node.isForgetful ? 0 : committee.weightOf(node.index);
    const isAllowed = !node.isByzantine && this.#world.unreliableWeight + weight <= committee.faultWeight;
    if (!isAllowed) this.#world.trace.note('spared', node.index);
    return isAllowed;
  }

  #disturb({ atMs, forMs }: Fault, begin: () => Mend): void {
    this.#at(atMs, () => {
      const mend = begin();
      this.#at(atMs + forMs, mend);
    });
  }

  #at(ms: number, action: () => void): void {
    this.#world.queue.at(Math.max(this.#world.queue.nowUs, Math.ceil(ms * 1_000)), action);
  }
}

/** The code of an error, or of what caused it. */
function hasCode(error: unknown, code: string): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && cause.code === code) return true;
  }
  return false;
}
