/** Feeds the checkers with what the machines do, and keeps the first broken invariant. */
import type { CertifiedHead } from '@tangle/core/log';
import type { TransactionId, ValidatorIndex } from '@tangle/core/ids';
import type { Commit, Genesis } from '@tangle/core/model';
import { present } from '@tangle/core/assert';
import type { Crypto } from '@tangle/core/crypto';
import type { StoreRecord, VerifierPort } from '@tangle/node/replica';
import {
  AgreementChecker,
  ApprovalChecker,
  BoundsChecker,
  CertificateChecker,
  CertificationChecker,
  CommitTimeChecker,
  DurabilityChecker,
  EquivocationChecker,
  FinalityChecker,
  GuardChecker,
  JumpChecker,
  LivenessChecker,
  MonotoneChecker,
  OrderChecker,
  QuiescenceChecker,
  RecoveryChecker,
  ReferenceChecker,
  type Report,
  VerdictChecker,
} from './checkers/index.js';
import type { EventQueue, VirtualUs } from './event-queue.js';
import type { SimNode } from './node.js';
import { SentContents } from './sent-contents.js';
import { verdictOf, type CheckerName, type Verdict } from './verdict.js';

/** Open transactions whose weights are looked at, the oldest of each node. */
const LOOKED_AT_MAX = 64;

interface Submitted {
  readonly sinceUs: VirtualUs;
  /** The node that took it, whose clients wait for it. */
  gateway: ValidatorIndex | null;
  finalUs: VirtualUs | null;
}

export class Monitor {
  readonly agreement: AgreementChecker;
  readonly liveness: LivenessChecker;
  readonly equivocation: EquivocationChecker;
  readonly order: OrderChecker;
  readonly quiescence: QuiescenceChecker;
  readonly jumps: JumpChecker;
  /** What honest nodes have reported of each byzantine one, in words. */
  readonly accusations = new Map<ValidatorIndex, Set<string>>();
  /** Byzantine ones of which an honest node has two signatures that contradict each other. */
  readonly proven = new Set<ValidatorIndex>();
  readonly #approval: ApprovalChecker;
  readonly #bounds: BoundsChecker;
  readonly #certificate: CertificateChecker;
  readonly #certification: CertificationChecker;
  readonly #commitTime: CommitTimeChecker;
  readonly #durability: DurabilityChecker;
  readonly #guard: GuardChecker;
  readonly #finality: FinalityChecker;
  readonly #monotone: MonotoneChecker;
  readonly #recovery: RecoveryChecker;
  readonly #reference: ReferenceChecker;
  readonly #verdicts: VerdictChecker;
  readonly #contents: SentContents;
  readonly #honestNodes: readonly SimNode[];
  readonly #queue: EventQueue;
  readonly #submitted = new Map<TransactionId, Submitted>();
  readonly #lastSent = new Map<ValidatorIndex, Uint8Array>();
  #violation: Verdict | null = null;

  /** @param honestNodes machines whose validators do not lie: the invariants are about these. */
  constructor(
    {
      genesis,
      crypto,
      verifier,
    }: { readonly genesis: Genesis; readonly crypto: Crypto; readonly verifier: VerifierPort },
    queue: EventQueue,
    honestNodes: readonly SimNode[],
  ) {
    const report =
      (checker: CheckerName): Report =>
      (detail) =>
        this.report(checker, detail);
    const { committee, transactionId, parameters } = genesis;
    this.#queue = queue;
    this.#honestNodes = honestNodes;
    this.#contents = new SentContents(verifier, report('honesty'));
    this.agreement = new AgreementChecker(report('agreement'));
    this.equivocation = new EquivocationChecker(report('equivocation'));
    this.jumps = new JumpChecker(report('jumps'));
    this.liveness = new LivenessChecker(honestNodes.length);
    this.order = new OrderChecker(transactionId, report('order'));
    this.quiescence = new QuiescenceChecker(report('quiescence'));
    this.#approval = new ApprovalChecker(committee, transactionId, report('approval'));
    this.#bounds = new BoundsChecker(committee.size, report('bounds'));
    this.#certificate = new CertificateChecker(committee, report('certification'));
    this.#certification = new CertificationChecker(report('certification'));
    this.#commitTime = new CommitTimeChecker(parameters.time, report('commit-time'));
    this.#durability = new DurabilityChecker(transactionId, report('durability'));
    this.#guard = new GuardChecker(report('guard'));
    this.#finality = new FinalityChecker(report('finality'));
    this.#monotone = new MonotoneChecker(report('approval'));
    this.#recovery = new RecoveryChecker(report('recovery'));
    this.#reference = new ReferenceChecker(genesis, crypto, report('reference'));
    this.#verdicts = new VerdictChecker(report('verdicts'));
  }

  /** The first broken invariant, or null. */
  get violation(): Verdict | null {
    return this.#violation;
  }

  /** An honest node reports another: of an honest one there is nothing to report. */
  accuses(node: SimNode, accused: SimNode, what: string, isEvidence: boolean): void {
    if (!accused.isByzantine) {
      this.report(isEvidence ? 'accusations' : 'honesty', `node ${node.index} accuses node ${accused.index}: ${what}`);
    }
    if (isEvidence) this.proven.add(accused.index);
    this.accusations.set(accused.index, (this.accusations.get(accused.index) ?? new Set()).add(what));
  }

  /** Hands out the broken invariant, and watches on: for worlds in which one has to break. */
  acknowledge(): Verdict | null {
    const violation = this.#violation;
    this.#violation = null;
    return violation;
  }

  report(checker: CheckerName, detail: string): void {
    this.#violation ??= verdictOf(checker, `at ${this.#queue.nowUs / 1_000} ms: ${detail}`);
  }

  signed(id: TransactionId, sinceUs: VirtualUs): void {
    this.#submitted.set(id, { sinceUs, gateway: null, finalUs: null });
  }

  accepted(id: TransactionId, node: ValidatorIndex): void {
    this.liveness.accepted(id, this.#queue.nowUs);
    const submitted = this.#submitted.get(id);
    if (submitted !== undefined) submitted.gateway ??= node;
  }

  /** A node begins to write. */
  writes(node: SimNode, records: readonly StoreRecord[]): void {
    const { contents } = node.disk;
    for (const record of records) {
      if (record.kind === 'guard' && record.guard.id !== null) this.quiescence.signed(node.index, record.guard.id);
    }
    this.jumps.writes(node.index, records, {
      headRound: contents.head?.round ?? 0,
      roundOf: (id) => contents.statement(id)?.round ?? null,
      decides: (slot, count) => {
        const written = records
          .slice(0, count)
          .flatMap((record) => (record.kind === 'statement' ? [record.statement] : []));
        return this.#reference.decides(slot, [...contents.statements(), ...written]);
      },
    });
    for (const record of records) {
      if (record.kind === 'transaction') this.#approval.transaction(record.transaction);
      if (record.kind === 'statement') this.#approval.statement(record.statement);
    }
  }

  /** What a node has written is durable. */
  written(records: readonly StoreRecord[]): void {
    for (const record of records) {
      if (record.kind === 'transaction') this.liveness.accepted(record.transaction.id, this.#queue.nowUs);
    }
  }

  sends(node: SimNode, message: Uint8Array): void {
    // To the next peer, in the same turn.
    if (this.#lastSent.get(node.index) === message) return;
    this.#lastSent.set(node.index, message);
    const { own, named } = this.#contents.read(message, node.index);
    for (const statement of own) {
      this.equivocation.sent(statement);
      this.#durability.sent(statement, node.disk.contents);
      this.#guard.sent(statement, node.disk.contents.guard);
    }
    this.#durability.named(node.index, named, node.disk.contents);
  }

  committed(node: SimNode, commit: Commit): void {
    const isNew = this.agreement.committed(node.index, commit);
    const { contents } = node.disk;
    if (isNew) {
      this.order.committed(commit, (id) => contents.transaction(id)?.parents ?? []);
      this.#approval.committed(node.index, commit);
      this.#commitTime.committed(commit, this.#latestMs());
    }
    this.#verdicts.committed(node.index, commit);
    for (const entry of commit.entries) {
      const { id } = entry;
      this.liveness.final(id, node.index, this.#queue.nowUs);
      this.#finality.told(node.index, id, { ...entry, commitIndex: commit.index, commitTimeMs: commit.timeMs });
      const submitted = this.#submitted.get(id);
      if (submitted?.gateway === node.index) submitted.finalUs ??= this.#queue.nowUs;
    }
  }

  certified(node: SimNode, head: CertifiedHead): void {
    this.#certificate.certified(node.index, head);
    this.#certification.certified(node.index, head, (size) => this.order.isLogSize(size));
  }

  /** A process starts from the disk: what was said before must stand, what was never said is said now. */
  recovered(node: SimNode): void {
    const { contents } = node.disk;
    const { guard, head } = contents;
    const { engine } = node.running();
    this.#finality.stands(node.index, contents);
    this.#monotone.started(node.index);
    this.jumps.resumed(node.index, guard?.id === null ? guard.round : 0);
    for (let index = this.agreement.headOf(node.index) + 1; index <= (head?.index ?? 0); index++) {
      this.committed(node, present(contents.commit(index), `commit ${index} below the head`));
    }
    this.#recovery.recovered(node.index, engine.head, head);
    this.#recovery.state(node.index, engine.head.index, engine.ledger.stateDigest());
    for (const { id } of contents.recover().pending) this.liveness.accepted(id, this.#queue.nowUs);
  }

  /** A node that is down has got another disk: it starts from there. */
  forgot(node: SimNode): void {
    const { contents } = node.disk;
    const { head } = contents;
    this.#finality.forgot(node.index);
    this.agreement.rewound(node.index, head?.index ?? 0);
    this.#verdicts.rewound(node.index, head?.round ?? 0);
    this.#certification.rewound(node.index);
    const holds = (id: TransactionId): boolean =>
      this.#honestNodes.some(({ disk }) => disk.contents.transaction(id) !== undefined);
    this.liveness.forgot(node.index, holds, (id) => contents.final(id) !== undefined);
  }

  /** From time to time: what a running process keeps, and shows of what is open. */
  look(node: SimNode): void {
    if (node.replica === null) return;
    const { gauges, tangle } = node.replica.engine;
    this.#bounds.looked(node.index, gauges, node.limits);
    const weights = new Map<TransactionId, number>();
    for (const { id, approvalWeight } of tangle.openTransactions()) {
      if (weights.size >= LOOKED_AT_MAX) break;
      weights.set(id, approvalWeight);
      this.#approval.counts(node.index, id, approvalWeight);
    }
    this.#monotone.looked(node.index, weights);
  }

  /** Everything is final everywhere and rests: what nodes have must be whole and the same. */
  inTheEnd({ index, disk, replica }: SimNode): void {
    this.#finality.standsInTheEnd(index, disk.contents);
    if (replica === null) return;
    const { wakeAtMs, head, ledger } = replica.engine;
    this.quiescence.rests(index, wakeAtMs);
    this.#recovery.state(index, head.index, ledger.stateDigest());
  }

  /** The rule from scratch on everything that a node holds. Slow. */
  compareWithReference({ index, disk: { contents } }: SimNode): void {
    const commits = Array.from({ length: contents.head?.index ?? 0 }, (_, offset) =>
      present(contents.commit(offset + 1), `commit ${offset + 1} below the head`),
    );
    const view = { transactions: contents.transactions(), statements: contents.statements() };
    this.#reference.compare(index, view, commits);
  }

  /** Submit-to-final of what is final at its gateway, milliseconds, ascending. */
  latenciesMs(): readonly number[] {
    return [...this.#submitted.values()]
      .flatMap(({ sinceUs, finalUs }) => (finalUs === null ? [] : [(finalUs - sinceUs) / 1_000]))
      .sort((left, right) => left - right);
  }

  #latestMs(): number {
    return Math.max(...this.#honestNodes.map(({ wallClock }) => wallClock.latestMs));
  }
}
