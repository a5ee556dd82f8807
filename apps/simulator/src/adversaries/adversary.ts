/**
 * A validator that lies. It runs the real replica, and its strategy sits between that replica and everything outside:
 * network, wall clock, and the signing key. What it says and hears is up to the strategy; how it is wired in is
 * SimNode's part, who plays which strategy in a run is `byzantine` of the run's options.
 *
 * A strategy is made anew with each process of its machine. Everything it does not hook passes unchanged, so `{}` is an
 * honest validator. Timers on `means.clock` end with the process. No strategy needs to know any other: up to the
 * tolerated weight, any of them may be played side by side.
 */
import type { Crypto, Signer } from '@tangle/core/crypto';
import type { UnixMs, ValidatorIndex } from '@tangle/core/ids';
import type { Genesis } from '@tangle/core/model';
import type { ClockPort, NetworkPort, Replica, StorePort } from '@tangle/node/replica';
import type { Random } from '../prng.js';

/** What a strategy has in hand. */
export interface AdversaryMeans {
  readonly index: ValidatorIndex;
  readonly genesis: Genesis;
  readonly crypto: Crypto;
  /** May sign anything: the statement key of the validator. */
  readonly signer: Signer;
  /** The key for sizes of the log. */
  readonly cosigner: Signer;
  /** One stream for all processes of the machine. */
  readonly random: Random;
  /** The machine's own clocks, whatever the strategy tells its replica. */
  readonly clock: ClockPort;
  /** All byzantine validators, itself included: they know each other. */
  readonly accomplices: readonly ValidatorIndex[];
  /** The replica under this strategy; null until it has recovered. */
  readonly replica: Replica | null;
  /** False towards the end of a run: whoever brings up transactions for ever keeps the network from resting, rightly. */
  readonly isBusy: boolean;
  /** Hands bytes to the network; false where there is no link. */
  readonly send: (peer: ValidatorIndex, message: Uint8Array) => boolean;
  /** Has the replica hear bytes as if `peer` had sent them. */
  readonly deliver: (peer: ValidatorIndex, message: Uint8Array) => void;
  /** A second process with the key of the validator. */
  readonly startReplica: (store: StorePort, network: NetworkPort) => Promise<Replica>;
  /** Ends the process and starts another on an empty disk that claims to be new: all it signed is forgotten. */
  readonly forgetEverything: () => void;
}

export interface Adversary {
  /** In place of sending what the replica wants sent; the answer is what the replica is told. */
  readonly outgoing?: (peer: ValidatorIndex, message: Uint8Array) => boolean;
  /** In place of the replica hearing what a peer sent. */
  readonly incoming?: (peer: ValidatorIndex, message: Uint8Array) => void;
  /** Beside the replica, which hears of links in any case. */
  readonly peerUp?: (peer: ValidatorIndex) => void;
  readonly peerDown?: (peer: ValidatorIndex) => void;
  /** What the replica takes for the time of day. */
  readonly wallMs?: (honestMs: UnixMs) => UnixMs;
}

export interface Strategy {
  /** Lower case with hyphens; scenarios name it. */
  readonly name: string;
  /** One sentence for people. */
  readonly about: string;
  /** Who signs statements: the real replica, or the strategy alone, while the replica only follows and serves. */
  readonly signs: 'replica' | 'strategy';
  readonly create: (means: AdversaryMeans) => Adversary;
}

/** The means with another way out, for a strategy that works behind another one. */
export function sendingThrough(means: AdversaryMeans, send: AdversaryMeans['send']): AdversaryMeans {
  return {
    ...means,
    get replica() {
      return means.replica;
    },
    get isBusy() {
      return means.isBusy;
    },
    send,
  };
}
