/** Validators that cost the others work: lies about what they hold, garbage, floods. */
import type { StatementId, TransactionId, VertexId } from '@tangle/core/ids';
import { encodeMessage, type PeerMessage } from '@tangle/node/replica';
import { toHex } from '@tangle/core/codec';
import type { Random } from '../prng.js';
import type { AdversaryMeans, Strategy } from './adversary.js';
import { open } from './frames.js';
import { Forger, looking } from './forger.js';

/** Questions of an asker in one go, now and then. */
const BURST = 20;
/** Ids that it makes up in one message. */
const MADE_UP_MAX = 200;

function madeUpIds(random: Random, most = MADE_UP_MAX): VertexId[] {
  const byte = (): number => random.integer(0, 255);
  return Array.from(
    { length: random.integer(1, most) },
    () => toHex(Uint8Array.from({ length: 32 }, byte)) as VertexId,
  );
}

/** The lie in place of an honest answer; null where there is none to tell. */
function lieFor(message: PeerMessage, { random, isBusy }: AdversaryMeans): PeerMessage | null {
  switch (message.kind) {
    case 'frontier':
      return {
        ...message,
        commitIndex: random.pick([0, message.commitIndex + random.integer(1, 1_000), Number.MAX_SAFE_INTEGER]),
        statements: isBusy ? (madeUpIds(random, 20) as readonly string[] as readonly StatementId[]) : [],
        open: isBusy ? madeUpIds(random) : [],
      };
    case 'vertices':
      return random.chance(0.5) ? { ...message, vertices: message.vertices.slice(1) } : null;
    case 'not-held':
      return { ...message, ids: madeUpIds(random) };
    case 'commits-end': {
      const lastIndex = message.lastIndex + random.integer(0, 1_000);
      return { ...message, nextIndex: random.pick([0, message.nextIndex, lastIndex]), lastIndex };
    }
    case 'recollection':
      return { ...message, statement: null };
    default:
      return null;
  }
}

export const lyingInSync: Strategy = {
  name: 'lying-in-sync',
  about: 'lies about what it holds, where it stands and what it remembers; answers with nothing, or less than asked',
  signs: 'replica',
  create: (means) => {
    const { random, deliver, send } = means;
    return {
      outgoing: (peer, bytes) => {
        const message = open(bytes);
        const lie = message !== null && random.chance(0.5) ? lieFor(message, means) : null;
        return send(peer, lie === null ? bytes : encodeMessage(lie));
      },
      incoming: (peer, bytes) => {
        const message = open(bytes);
        if (message?.kind === 'request' && random.chance(0.5)) {
          send(peer, encodeMessage({ kind: 'not-held', ids: message.ids }));
        } else if (message?.kind === 'commits-request' && random.chance(0.5)) {
          const { fromIndex } = message;
          send(peer, encodeMessage({ kind: 'commits-end', nextIndex: fromIndex + 1, lastIndex: fromIndex + 1_000 }));
        } else deliver(peer, bytes);
      },
    };
  },
};

function spoil(bytes: Uint8Array, random: Random): Uint8Array {
  const spoilt = Uint8Array.from(bytes);
  switch (random.pick(['cut', 'flip', 'noise'] as const)) {
    case 'cut':
      return spoilt.subarray(0, random.integer(0, spoilt.length));
    case 'flip': {
      const at = random.integer(0, Math.max(0, spoilt.length - 1));
      spoilt[at] = (spoilt[at] ?? 0) ^ (1 << random.integer(0, 7));
      return spoilt;
    }
    case 'noise':
      return Uint8Array.from({ length: random.integer(0, 300) }, () => random.integer(0, 255));
  }
}

export const garbage: Strategy = {
  name: 'garbage',
  about: 'sends frames with flipped bits, cut short, or of noise, beside or in place of good ones',
  signs: 'replica',
  create: ({ random, send }) => {
    const replaces = random.unit() * 0.5;
    return {
      outgoing: (peer, message) => {
        if (random.chance(replaces)) return send(peer, spoil(message, random));
        if (random.chance(0.5)) send(peer, spoil(message, random));
        return send(peer, message);
      },
    };
  },
};

export const echo: Strategy = {
  name: 'echo',
  about: 'says everything several times, and passes on what it hears',
  signs: 'replica',
  create: (means) => {
    const { random, send } = means;
    const times = random.integer(1, 3);
    const { peers } = new Forger(means);
    // Else two of them would never stop.
    const heard = new WeakSet<Uint8Array>();
    return {
      outgoing: (peer, message) => {
        for (let again = 0; again < times; again++) send(peer, message);
        return send(peer, message);
      },
      incoming: (from, message) => {
        means.deliver(from, message);
        if (heard.has(message) || open(message)?.kind !== 'vertices') return;
        heard.add(message);
        send(random.pick(peers), message);
      },
    };
  },
};

export const asker: Strategy = {
  name: 'asker',
  about: 'asks for what nobody has, for whole commits from the start, and for memories, all the time',
  signs: 'replica',
  create: (means) => {
    const { random, send } = means;
    const { peers } = new Forger(means);
    looking(means, random.integer(20, 500), () => {
      const message = random.pick<PeerMessage>([
        { kind: 'request', ids: madeUpIds(random) },
        { kind: 'commits-request', fromIndex: random.integer(0, 3) },
        { kind: 'recall' },
      ]);
      const peer = random.pick(peers);
      for (let left = random.pick([1, 1, 1, BURST]); left > 0; left--) send(peer, encodeMessage(message));
    });
    return {};
  },
};

export const tipFlood: Strategy = {
  name: 'tip-flood',
  about: 'lets in transactions of a device that nobody registered, on old parents, alone or in chains',
  signs: 'replica',
  create: (means) => {
    const { random, genesis } = means;
    const forger = new Forger(means);
    let last: TransactionId = genesis.transactionId;
    let left = random.integer(50, 400);
    looking(means, random.integer(20, 200), () => {
      if (!means.isBusy || left <= 0) return;
      left--;
      const isChained = random.chance(0.5);
      const transaction = forger.transaction([isChained ? last : genesis.transactionId, genesis.transactionId]);
      last = transaction.id;
      forger.push([random.pick(forger.peers)], [transaction]);
      if (random.chance(0.5)) forger.keep([transaction]);
    });
    return {};
  },
};
