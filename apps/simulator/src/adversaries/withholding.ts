/** Validators that sign as they should and do not tell, or not in time, or not everybody. */
import { decodeStatement } from '@tangle/core/codec';
import { LeaderSchedule } from '@tangle/core/confirmation';
import type { ValidatorIndex, VertexId } from '@tangle/core/ids';
import { encodeMessage } from '@tangle/node/replica';
import type { AdversaryMeans, Strategy } from './adversary.js';
import { idOf, isStatement, open, verticesIn } from './frames.js';

export const silent: Strategy = {
  name: 'silent',
  about: 'sends nothing, ever',
  signs: 'replica',
  create: () => ({ outgoing: () => true }),
};

/** Round of an own statement in the message that it leads; null where there is none. */
function ledRound(means: AdversaryMeans, leaders: LeaderSchedule, message: Uint8Array): number | null {
  for (const vertex of verticesIn(message)) {
    if (!isStatement(vertex)) continue;
    const statement = decodeStatement(vertex, means.crypto);
    if (!statement.ok || statement.value.author !== means.index) continue;
    if (leaders.leaderOf(statement.value.round) === means.index) return statement.value.round;
  }
  return null;
}

export const lateLeader: Strategy = {
  name: 'late-leader',
  about: 'shows its statement of a round that it leads when the next round is under way',
  signs: 'replica',
  create: (means) => {
    const leaders = new LeaderSchedule(means.genesis.committee);
    const laterMs = means.random.integer(0, 500);
    const held = (round: number, peer: ValidatorIndex, message: Uint8Array): void => {
      means.clock.schedule(laterMs / 10 + 1, () => {
        const isLate = (means.replica?.engine.tangle.statementsAt(round + 1) ?? []).some(
          ({ author }) => author !== means.index,
        );
        if (isLate || !means.isBusy) means.clock.schedule(laterMs, () => void means.send(peer, message));
        else held(round, peer, message);
      });
    };
    return {
      outgoing: (peer, message) => {
        const round = ledRound(means, leaders, message);
        if (round === null) return means.send(peer, message);
        held(round, peer, message);
        return true;
      },
    };
  },
};

/** Leaves out of every message what `keepsBack` names; asked for it, says nothing. */
function withhold(
  means: AdversaryMeans,
  keepsBack: (vertex: VertexId, peer: ValidatorIndex, bytes: Uint8Array) => boolean,
): ReturnType<Strategy['create']> {
  return {
    outgoing: (peer, message) => {
      const opened = open(message);
      if (opened?.kind !== 'vertices') return means.send(peer, message);
      const { vertices } = opened;
      const shown = vertices.filter((vertex) => !keepsBack(idOf(vertex, means.crypto), peer, vertex));
      if (shown.length === vertices.length) return means.send(peer, message);
      return shown.length === 0 || means.send(peer, encodeMessage({ ...opened, vertices: shown }));
    },
  };
}

export const withholder: Strategy = {
  name: 'withholder',
  about: 'shows statements, and keeps back for a while some of what they stand on',
  signs: 'replica',
  create: (means) => {
    const heldMs = means.random.integer(200, 5_000);
    const share = means.random.unit() * 0.5;
    /** When each id may be shown. */
    const shownFrom = new Map<VertexId, number>();
    return withhold(means, (id) => {
      const nowMs = means.clock.monotonicMs();
      const fromMs = shownFrom.get(id) ?? (means.random.chance(share) ? nowMs + heldMs : nowMs);
      shownFrom.set(id, fromMs);
      return means.isBusy && nowMs < fromMs;
    });
  },
};

export const suppressor: Strategy = {
  name: 'suppressor',
  about: 'keeps its own statements from some of the peers, in turns or always from the same ones',
  signs: 'replica',
  create: (means) => {
    const { random, genesis } = means;
    const peers = genesis.committee.validators.map(({ index }) => index).filter((index) => index !== means.index);
    const turns = random.chance(0.5);
    let victims = new Set<ValidatorIndex>();
    const choose = (): void => {
      victims = new Set(random.shuffle(peers).slice(0, random.integer(1, peers.length)));
      if (turns) means.clock.schedule(random.integer(50, 2_000), choose);
    };
    choose();
    const { outgoing } = withhold(means, (_id, peer, bytes) => victims.has(peer) && isStatement(bytes));
    return outgoing === undefined ? {} : { outgoing };
  },
};

/** It hears less than it is told: its statements cite little, and late. */
export const hardOfHearing: Strategy = {
  name: 'hard-of-hearing',
  about: 'hears nothing from some peers, and everything else late',
  signs: 'replica',
  create: (means) => {
    const { random, clock } = means;
    const lateMs = random.integer(0, 1_000);
    const deaf = new Set<ValidatorIndex>();
    for (const { index } of means.genesis.committee.validators) if (random.chance(0.3)) deaf.add(index);
    return {
      incoming: (peer, message) => {
        if (deaf.has(peer) && open(message)?.kind === 'vertices') return;
        clock.schedule(random.unit() * lateMs, () => means.deliver(peer, message));
      },
    };
  },
};

export const lyingClock: Strategy = {
  name: 'lying-clock',
  about: 'signs timestamps of any time at all',
  signs: 'replica',
  create: ({ random }) => {
    const farMs = random.pick([10 * 60_000, 24 * 3_600_000, 100 * 365 * 24 * 3_600_000]);
    const always = random.chance(0.5) ? random.pick([-1, 1]) : null;
    return {
      wallMs: (honestMs) => Math.max(0, Math.floor(honestMs + (always ?? random.unit() * 2 - 1) * farMs)),
    };
  },
};
