/** Feeds the checkers with what the machines do, and keeps the first broken invariant. */
import type { PersistRecord } from '@tangle/core/engine';
import type { StatementId, TransactionId, ValidatorIndex, VertexId } from '@tangle/core/ids';
import type { Commit, Genesis, Statement } from '@tangle/core/model';
import { decodeStatement, KIND_STATEMENT } from '@tangle/core/codec';
import type { Crypto } from '@tangle/core/crypto';
import { present } from '@tangle/core/assert';
import { decodeMessage, type PeerMessage } from '@tangle/node/replica';
import {
  AgreementChecker,
  DurabilityChecker,
  EquivocationChecker,
  FinalityChecker,
  LivenessChecker,
  OrderChecker,
  QuiescenceChecker,
  type Report,
} from './checkers/index.js';
import type { EventQueue, VirtualUs } from './event-queue.js';
import type { SimNode } from './node.js';
import { verdictOf, type CheckerName, type Verdict } from './verdict.js';

interface Submitted {
  readonly sinceUs: VirtualUs;
  /** The node that took it, whose clients wait for it. */
  gateway: ValidatorIndex | null;
  finalUs: VirtualUs | null;
}

interface SentContent {
  readonly own: readonly Statement[];
  readonly named: readonly VertexId[];
}

export class Monitor {
  readonly agreement: AgreementChecker;
  readonly liveness: LivenessChecker;
  readonly equivocation: EquivocationChecker;
  readonly order: OrderChecker;
  readonly quiescence: QuiescenceChecker;
  readonly #durability: DurabilityChecker;
  readonly #finality: FinalityChecker;
  readonly #crypto: Crypto;
  readonly #queue: EventQueue;
  readonly #submitted = new Map<TransactionId, Submitted>();
  /** A message that goes to many peers is the same bytes: read once. */
  readonly #contents = new WeakMap<Uint8Array, SentContent>();
  #violation: Verdict | null = null;

  constructor(genesis: Genesis, crypto: Crypto, queue: EventQueue) {
    const report =
      (checker: CheckerName): Report =>
      (detail) =>
        this.report(checker, detail);
    this.#crypto = crypto;
    this.#queue = queue;
    this.agreement = new AgreementChecker(report('agreement'));
    this.liveness = new LivenessChecker(genesis.committee.size);
    this.equivocation = new EquivocationChecker(report('equivocation'));
    this.order = new OrderChecker(genesis.transactionId, report('order'));
    this.quiescence = new QuiescenceChecker(report('quiescence'));
    this.#durability = new DurabilityChecker(genesis.transactionId, report('durability'));
    this.#finality = new FinalityChecker(report('finality'));
  }

  /** The first broken invariant, or null. */
  get violation(): Verdict | null {
    return this.#violation;
  }

  report(checker: CheckerName, detail: string): void {
    this.#violation ??= verdictOf(checker, `at ${this.#queue.nowUs / 1_000} ms: ${detail}`);
  }

  signed(id: TransactionId, sinceUs: VirtualUs): void {
    this.#submitted.set(id, { sinceUs, gateway: null, finalUs: null });
  }

  accepted(id: TransactionId, node: ValidatorIndex): void {
    this.liveness.accepted(id);
    const submitted = this.#submitted.get(id);
    if (submitted !== undefined) submitted.gateway ??= node;
  }

  writes(node: SimNode, records: readonly PersistRecord[]): void {
    for (const id of signedIn(records)) this.quiescence.signed(node.index, id);
  }

  sends(node: SimNode, message: Uint8Array): void {
    const { own, named } = this.#read(message, node.index);
    for (const statement of own) {
      this.equivocation.sent(statement);
      this.#durability.sent(statement, node.disk.contents);
    }
    this.#durability.named(node.index, named, node.disk.contents);
  }

  committed(node: SimNode, commit: Commit): void {
    const isNew = this.agreement.committed(node.index, commit);
    const { contents } = node.disk;
    if (isNew) this.order.committed(commit, (id) => contents.transaction(id)?.parents ?? []);
    for (const entry of commit.entries) {
      const { id } = entry;
      this.liveness.final(id, node.index);
      this.#finality.told(node.index, id, { ...entry, commitIndex: commit.index, commitTimeMs: commit.timeMs });
      const submitted = this.#submitted.get(id);
      if (submitted?.gateway === node.index) submitted.finalUs ??= this.#queue.nowUs;
    }
  }

  /** A process starts from the disk: what was said before must stand, what was never said is said now. */
  recovered(node: SimNode): void {
    const { contents } = node.disk;
    this.#finality.stands(node.index, contents);
    const head = contents.head?.index ?? 0;
    for (let index = this.agreement.headOf(node.index) + 1; index <= head; index++) {
      this.committed(node, present(contents.commit(index), `commit ${index} below the head`));
    }
    for (const { id } of contents.recover().pending) this.liveness.accepted(id);
  }

  finalityStands(node: SimNode): void {
    this.#finality.stands(node.index, node.disk.contents);
  }

  /** Submit-to-final of what is final at its gateway, milliseconds, ascending. */
  latenciesMs(): readonly number[] {
    return [...this.#submitted.values()]
      .flatMap(({ sinceUs, finalUs }) => (finalUs === null ? [] : [(finalUs - sinceUs) / 1_000]))
      .sort((left, right) => left - right);
  }

  /** What a message gives away of its sender: statements of its own, and what it claims to hold. */
  #read(message: Uint8Array, sender: ValidatorIndex): SentContent {
    const known = this.#contents.get(message);
    if (known !== undefined) return known;
    const decoded = decodeMessage(message);
    if (!decoded.ok) this.report('honesty', `node ${sender} sends what nobody can read: ${decoded.reason}`);
    const content = decoded.ok ? this.#contentOf(decoded.value, sender) : { own: [], named: [] };
    this.#contents.set(message, content);
    return content;
  }

  #contentOf(message: PeerMessage, sender: ValidatorIndex): SentContent {
    switch (message.kind) {
      case 'vertices':
        return { own: message.vertices.flatMap((bytes) => this.#ownStatement(bytes, sender)), named: [] };
      case 'recollection':
        return { own: message.statement === null ? [] : this.#ownStatement(message.statement, sender), named: [] };
      case 'frontier':
        return { own: [], named: [...message.statements, ...message.open] };
      default:
        return { own: [], named: [] };
    }
  }

  #ownStatement(bytes: Uint8Array, sender: ValidatorIndex): Statement[] {
    if (bytes[1] !== KIND_STATEMENT) return [];
    const statement = decodeStatement(bytes, this.#crypto);
    return statement.ok && statement.value.author === sender ? [statement.value] : [];
  }
}

/** Own statements of a batch, in the order signed. */
function signedIn(records: readonly PersistRecord[]): readonly StatementId[] {
  return records.flatMap((record) => (record.kind === 'guard' && record.guard.id !== null ? [record.guard.id] : []));
}
