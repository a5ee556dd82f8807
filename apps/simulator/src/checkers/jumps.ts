/**
 * PROTOCOL 12.11: no honest node jumps over an undecided slot. Who signs round r without r - 1 has jumped over r - 1, and
 * may have only where slot r - 3 was decided there; a round given up after amnesia is not a jump.
 */
import type { Round, StatementId, ValidatorIndex } from '@tangle/core/ids';
import type { StoreRecord } from '@tangle/node/replica';
import type { Report } from './report.js';

/** What a node held when it began to write the batch. */
export interface HeldBefore {
  /** Round of the last commit, 0 where none. */
  readonly headRound: Round;
  readonly roundOf: (id: StatementId) => Round | null;
  /** Whether the statements of the disk and the first so many records of the batch decide the slot. Slow: a last resort. */
  readonly decides: (slot: Round, records: number) => boolean;
}

export class JumpChecker {
  readonly #report: Report;
  readonly #givenUp = new Map<ValidatorIndex, Round>();
  #jumps = 0;

  constructor(report: Report) {
    this.#report = report;
  }

  /** Rounds jumped over so far. */
  get jumps(): number {
    return this.#jumps;
  }

  /** A process goes on from a disk whose guard gives up this round, 0 where none. */
  resumed(node: ValidatorIndex, givenUp: Round): void {
    this.#givenUp.set(node, givenUp);
  }

  /** A node begins to write a batch. */
  writes(node: ValidatorIndex, records: readonly StoreRecord[], held: HeldBefore): void {
    const rounds = new Map<StatementId, Round>();
    let { headRound } = held;
    for (const [index, record] of records.entries()) {
      if (record.kind === 'commit') headRound = record.commit.round;
      if (record.kind === 'guard' && record.guard.id === null) this.#givenUp.set(node, record.guard.round);
      if (record.kind !== 'statement') continue;
      const { id, author, round, self } = record.statement;
      rounds.set(id, round);
      if (author !== node) continue;
      const before = self === null ? 0 : (rounds.get(self) ?? held.roundOf(self) ?? 0);
      const from = Math.max(before, this.#givenUp.get(node) ?? 0) + 1;
      for (let jumped = from; jumped < round; jumped++) {
        this.#jumps++;
        const slot = jumped - 2;
        if (slot <= headRound || held.decides(slot, index)) continue;
        this.#report(`node ${node} jumped round ${jumped} with slot ${slot} undecided, and signed ${id} of ${round}`);
      }
    }
  }
}
