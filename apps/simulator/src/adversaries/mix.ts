/** Several strategies of one validator: one that signs, behind one that spoils what is said, both for a while. */
import type { Adversary, AdversaryMeans, Strategy } from './adversary.js';
import { sendingThrough } from './adversary.js';

/** @param spoilers strategies that only hook messages: they may stop being asked at any time. */
export function mixOf(signers: readonly Strategy[], spoilers: readonly Strategy[]): Strategy {
  return {
    name: 'mix',
    about: 'signs by one strategy and spoils its messages by others, in turns',
    signs: 'strategy',
    create: (means) => {
      const spoiler = inTurns(spoilers, means);
      const outgoing: AdversaryMeans['send'] = (peer, message) =>
        spoiler.now.outgoing?.(peer, message) ?? means.send(peer, message);
      means.random.pick(signers).create(sendingThrough(means, outgoing));
      return {
        outgoing,
        incoming: (peer, message) => {
          const { incoming } = spoiler.now;
          if (incoming === undefined) means.deliver(peer, message);
          else incoming(peer, message);
        },
      };
    },
  };
}

/** One of them at a time; null stands for none. */
function inTurns(strategies: readonly Strategy[], means: AdversaryMeans): { readonly now: Adversary } {
  const all = [{}, ...strategies.map((strategy) => strategy.create(means))];
  const turn = { now: means.random.pick<Adversary>(all) };
  const change = (): void => {
    turn.now = means.random.pick<Adversary>(all);
    means.clock.schedule(means.random.integer(500, 10_000), change);
  };
  change();
  return turn;
}
