/** The links to peers as the replica uses them: who is there, and one message to one of them or to all. */
import type { ValidatorIndex } from '@tangle/core/ids';
import type { Cosignature } from '@tangle/core/log';
import { encodeMessage, framesOf, type PeerMessage } from './messages.js';
import type { NetworkPort } from './ports.js';

export class Links {
  readonly #network: NetworkPort;
  /** Ascending. */
  #peers: readonly ValidatorIndex[] = [];

  constructor(network: NetworkPort) {
    this.#network = network;
  }

  up(peer: ValidatorIndex): void {
    if (this.#peers.includes(peer)) return;
    this.#peers = [...this.#peers, peer].sort((left, right) => left - right);
  }

  down(peer: ValidatorIndex): void {
    this.#peers = this.#peers.filter((other) => other !== peer);
  }

  /** Peers with a live link, ascending. */
  get peers(): readonly ValidatorIndex[] {
    return this.#peers;
  }

  /** False where the link takes no more for now. */
  send(peer: ValidatorIndex, message: PeerMessage): boolean {
    return this.#network.send(peer, encodeMessage(message));
  }

  /** The same bytes to every peer. */
  broadcast(messages: readonly PeerMessage[]): void {
    for (const message of messages) {
      const bytes = encodeMessage(message);
      for (const peer of this.#peers) this.#network.send(peer, bytes);
    }
  }

  /** Vertices and cosignatures to every peer, in as few messages as hold them. */
  spread(vertices: readonly Uint8Array[], cosignatures: readonly Cosignature[]): void {
    this.broadcast(framesOf(vertices, cosignatures));
  }
}
