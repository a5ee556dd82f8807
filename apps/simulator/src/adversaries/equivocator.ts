/** Validators that sign several statements of a round: for each peer another one, or another past. */
import { invariant } from '@tangle/core/assert';
import type { Round, ValidatorIndex } from '@tangle/core/ids';
import type { CheckedStatement } from '@tangle/core/model';
import { MemoryDisk, MemoryStore, type Replica } from '@tangle/node/replica';
import type { AdversaryMeans, Strategy } from './adversary.js';
import { Forger, looking } from './forger.js';

/** Drawn for each process. */
interface Options {
  /** Versions of a round. */
  readonly versions: number;
  /** Only in rounds that it leads; in others it signs one. */
  readonly onlyLeading: boolean;
  /** Versions go on from their own past instead of from the first one. */
  readonly chains: boolean;
  /** The same peers get the same version every round. */
  readonly fixedSides: boolean;
  /** Everybody is shown the other versions too, a little later. */
  readonly shouts: boolean;
  readonly everyMs: number;
}

function equivocate(means: AdversaryMeans, options: Options): void {
  const { random, index } = means;
  const forger = new Forger(means);
  const sides = new Map(forger.peers.map((peer) => [peer, random.integer(0, options.versions - 1)]));
  let own: readonly CheckedStatement[] = [];
  let ownRound: Round = 0;
  looking(means, options.everyMs, () => {
    const round = forger.openRound;
    if (round <= ownRound || !forger.isCalledFor(round)) return;
    const isSplit = !options.onlyLeading || forger.leaders.leaderOf(round) === index;
    const versions = Array.from({ length: isSplit ? options.versions : 1 }, (_, version) =>
      forger.sign({
        round,
        self: own[options.chains ? Math.min(version, own.length - 1) : 0] ?? null,
        shuns: random.chance(0.3) ? [random.pick(forger.peers)] : [],
        tips: forger.openTips(version === 0 ? 1 : random.unit()),
        offsetMs: version,
      }),
    ).filter((statement) => statement !== null);
    if (versions.length === 0) return;
    own = versions;
    ownRound = round;
    forger.keep(versions);
    for (const peer of forger.peers) {
      const side = options.fixedSides ? (sides.get(peer) ?? 0) : random.integer(0, versions.length - 1);
      const shown = versions[side % versions.length];
      invariant(shown !== undefined, 'a version for each side');
      forger.push([peer], [shown]);
    }
    if (options.shouts) means.clock.schedule(options.everyMs, () => forger.push(forger.peers, versions));
  });
}

function optionsOf({ random, genesis }: AdversaryMeans, versions: number | 'many'): Options {
  return {
    versions: versions === 'many' ? random.integer(3, Math.max(3, genesis.committee.size - 1)) : versions,
    onlyLeading: random.chance(0.3),
    chains: random.chance(0.5),
    fixedSides: random.chance(0.5),
    shouts: versions === 'many' && random.chance(0.5),
    everyMs: random.integer(5, 60),
  };
}

export const equivocator: Strategy = {
  name: 'equivocator',
  about: 'signs two statements of a round and shows each peer one of them',
  signs: 'strategy',
  create: (means) => {
    equivocate(means, optionsOf(means, 2));
    return {};
  },
};

export const manyFaces: Strategy = {
  name: 'many-faces',
  about: 'signs up to one statement of a round for each peer',
  signs: 'strategy',
  create: (means) => {
    equivocate(means, optionsOf(means, 'many'));
    return {};
  },
};

/** First byte of what one second process says to another: accomplices keep their two lives apart. */
const SECOND_LIFE = 0xff;

/** A whole second process with the same key, on a disk of its own, for some of the peers. */
function liveTwice(
  means: AdversaryMeans,
  isSecondSide: (peer: ValidatorIndex) => boolean,
): ReturnType<Strategy['create']> {
  const { accomplices, send } = means;
  const isAccomplice = (peer: ValidatorIndex): boolean => accomplices.includes(peer);
  let second: Replica | null = null;
  const up = new Set<ValidatorIndex>();
  const store = new MemoryStore({ disk: new MemoryDisk({ firstStart: true }) });
  const sendAsSecond = (peer: ValidatorIndex, message: Uint8Array): boolean => {
    if (isAccomplice(peer)) return send(peer, Uint8Array.of(SECOND_LIFE, ...message));
    return !isSecondSide(peer) || send(peer, message);
  };
  const begin = (replica: Replica): void => {
    second = replica;
    for (const peer of up) replica.peerUp(peer);
  };
  means.startReplica(store, { send: sendAsSecond }).then(begin, (error: unknown) => {
    means.clock.schedule(0, () => {
      throw error;
    });
  });
  return {
    outgoing: (peer, message) => (isSecondSide(peer) && !isAccomplice(peer) ? true : send(peer, message)),
    incoming: (peer, message) => {
      if (isAccomplice(peer) && message[0] === SECOND_LIFE) second?.receive(peer, message.subarray(1));
      else if (isSecondSide(peer) && !isAccomplice(peer)) second?.receive(peer, message);
      else means.deliver(peer, message);
    },
    peerUp: (peer) => {
      up.add(peer);
      second?.peerUp(peer);
    },
    peerDown: (peer) => {
      up.delete(peer);
      second?.peerDown(peer);
    },
  };
}

export const twins: Strategy = {
  name: 'twins',
  about: 'runs two processes on one key, each for half of the peers',
  signs: 'replica',
  // By index, so that accomplices cut the others in the same two.
  create: (means) => liveTwice(means, (peer) => peer % 2 === 1),
};

export const forgetful: Strategy = {
  name: 'forgetful',
  about: 'loses its disk again and again, and starts as if it had never signed',
  signs: 'replica',
  create: (means) => {
    means.clock.schedule(means.random.integer(500, 10_000), () => {
      if (means.isBusy) means.forgetEverything();
    });
    return {};
  },
};
