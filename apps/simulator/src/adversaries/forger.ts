/**
 * Signs statements by its own lights, over what its replica has accepted. What it signs is valid unless asked otherwise;
 * whether it is honest is another matter.
 */
import { LeaderSchedule } from '@tangle/core/confirmation';
import type { Round, StatementId, TransactionId, ValidatorIndex } from '@tangle/core/ids';
import {
  signStatement,
  signTransaction,
  PAYLOAD_TYPE,
  SUITE_ED25519,
  type CheckedStatement,
  type CheckedTransaction,
} from '@tangle/core/model';
import type { AdversaryMeans } from './adversary.js';
import { framesOf } from './frames.js';

/** What a statement is to say besides what the round gives. */
export interface Draft {
  readonly round: Round;
  /** Own statement it goes on from; cited in `prev` exactly where it is of the round below. */
  readonly self: CheckedStatement | null;
  /** Authors whose statements of the round below it leaves out, as far as a quorum remains. */
  readonly shuns?: readonly ValidatorIndex[];
  /** Transactions to cite; default: some of the oldest that are not final. */
  readonly tips?: readonly TransactionId[];
  /** Added to the own clock, milliseconds; makes versions differ. */
  readonly offsetMs?: number;
}

/** Tips of a forged statement, where nothing else is asked for. */
const TIPS_MAX = 64;

export class Forger {
  readonly leaders: LeaderSchedule;
  readonly #means: AdversaryMeans;
  #sequence = 0n;

  constructor(means: AdversaryMeans) {
    this.#means = means;
    this.leaders = new LeaderSchedule(means.genesis.committee);
  }

  /** Highest round that may be signed. */
  get openRound(): Round {
    const highest = this.#engine?.tangle.highestRound ?? 0;
    return this.#weightAt(highest) >= this.#means.genesis.committee.quorum ? highest + 1 : Math.max(1, highest);
  }

  /** An honest validator would sign now: something is open, or others have signed this round already. */
  isCalledFor(round: Round): boolean {
    const engine = this.#engine;
    return engine !== undefined && (engine.hasNeed || engine.tangle.statementsAt(round).length > 0);
  }

  /** Signs a statement; null where the round below has no quorum to cite. */
  sign({ round, self, shuns = [], tips, offsetMs = 0 }: Draft): CheckedStatement | null {
    const { genesis, crypto, signer, index, clock } = this.#means;
    const prev = this.#prev(round, self, shuns);
    if (prev === null) return null;
    return signStatement(
      {
        network: genesis.network,
        epoch: 0,
        round,
        author: index,
        timestampMs: clock.wallMs() + offsetMs,
        self: self?.id ?? null,
        prev,
        tips: [...(tips ?? this.openTips())].sort(),
      },
      signer,
      crypto,
    );
  }

  /** Some of what is not final, oldest first; a random part of it. */
  openTips(share = 1): TransactionId[] {
    const tips: TransactionId[] = [];
    for (const { id } of this.#engine?.tangle.openTransactions() ?? []) {
      if (tips.length >= Math.min(TIPS_MAX, this.#means.genesis.parameters.maxTips)) break;
      if (this.#means.random.chance(share)) tips.push(id);
    }
    return tips;
  }

  /** A transaction of a device that nobody has registered. */
  transaction(parents: readonly [TransactionId, TransactionId]): CheckedTransaction {
    const { genesis, crypto, signer, clock } = this.#means;
    return signTransaction(
      {
        network: genesis.network,
        suite: SUITE_ED25519,
        issuerKey: signer.publicKey,
        sequence: ++this.#sequence,
        timestampMs: clock.wallMs(),
        parents,
        payloadType: PAYLOAD_TYPE.opaque,
        payload: this.#salt(),
      },
      signer,
      crypto,
    );
  }

  /** Has the own replica accept them. */
  keep(vertices: readonly { readonly bytes: Uint8Array }[]): void {
    const { deliver, index } = this.#means;
    for (const frame of framesOf(vertices.map(({ bytes }) => bytes))) deliver(index, frame);
  }

  push(peers: readonly ValidatorIndex[], vertices: readonly { readonly bytes: Uint8Array }[]): void {
    for (const frame of framesOf(vertices.map(({ bytes }) => bytes))) {
      for (const peer of peers) this.#means.send(peer, frame);
    }
  }

  /** All other validators. */
  get peers(): readonly ValidatorIndex[] {
    const { genesis, index } = this.#means;
    return genesis.committee.validators.flatMap((validator) => (validator.index === index ? [] : [validator.index]));
  }

  get #engine(): Engine | undefined {
    return this.#means.replica?.engine;
  }

  /** First statement of each author at the round below, an own one only where it is `self`; null below a quorum. */
  #prev(round: Round, self: CheckedStatement | null, shuns: readonly ValidatorIndex[]): StatementId[] | null {
    const { genesis, index } = this.#means;
    const { committee } = genesis;
    const cited = new Map<ValidatorIndex, StatementId>();
    if (self !== null && self.round === round - 1) cited.set(index, self.id);
    for (const { author, id } of this.#engine?.tangle.statementsAt(round - 1) ?? []) {
      if (author !== index && !cited.has(author)) cited.set(author, id);
    }
    let weight = [...cited.keys()].reduce((sum, author) => sum + committee.weightOf(author), 0);
    for (const author of shuns) {
      if (author === index || weight - committee.weightOf(author) < committee.quorum) continue;
      if (cited.delete(author)) weight -= committee.weightOf(author);
    }
    return round === 1 || weight >= committee.quorum ? [...cited.values()].sort() : null;
  }

  #weightAt(round: Round): number {
    const authors = new Set(this.#engine?.tangle.statementsAt(round).map(({ author }) => author));
    return [...authors].reduce((sum, author) => sum + this.#means.genesis.committee.weightOf(author), 0);
  }

  /** A process that starts anew counts from 1 again: the bytes are to differ all the same. */
  #salt(): Uint8Array {
    return Uint8Array.from({ length: 8 }, () => this.#means.random.integer(0, 255));
  }
}

type Engine = NonNullable<AdversaryMeans['replica']>['engine'];

/** Calls `look` again and again, for as long as the process runs. */
export function looking(means: AdversaryMeans, everyMs: number, look: () => void): void {
  const next = (): void => {
    means.clock.schedule(everyMs, () => {
      if (means.replica !== null && !means.replica.stopped) look();
      next();
    });
  };
  next();
}
