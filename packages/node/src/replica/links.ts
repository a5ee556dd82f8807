/** The links to peers as the replica uses them: who is there, and one message to one of them, to some or to all. */
import type { Cosignature } from '@tangle/core/log';
import type { Committee } from '@tangle/core/model';
import { encodeMessage, framesOf, type PeerMessage } from './messages.js';
import { isObserver, type PeerNumber } from './peers.js';
import type { NetworkPort } from './ports.js';

export class Links {
  readonly #network: NetworkPort;
  readonly #committee: Pick<Committee, 'size'>;
  /** Ascending: validators before observers. */
  #peers: readonly PeerNumber[] = [];

  constructor(network: NetworkPort, committee: Pick<Committee, 'size'>) {
    this.#network = network;
    this.#committee = committee;
  }

  up(peer: PeerNumber): void {
    if (this.#peers.includes(peer)) return;
    this.#peers = [...this.#peers, peer].sort((left, right) => left - right);
  }

  down(peer: PeerNumber): void {
    this.#peers = this.#peers.filter((other) => other !== peer);
  }

  /** Peers with a live link, ascending. */
  get peers(): readonly PeerNumber[] {
    return this.#peers;
  }

  get validators(): readonly PeerNumber[] {
    return this.#peers.filter((peer) => !isObserver(peer, this.#committee));
  }

  get observers(): readonly PeerNumber[] {
    return this.#peers.filter((peer) => isObserver(peer, this.#committee));
  }

  /** False where the link takes no more for now. */
  send(peer: PeerNumber, message: PeerMessage): boolean {
    return this.#network.send(peer, encodeMessage(message));
  }

  /** The same bytes to every one of them. */
  broadcast(messages: readonly PeerMessage[], peers = this.#peers): void {
    if (peers.length === 0) return;
    for (const message of messages) {
      const bytes = encodeMessage(message);
      for (const peer of peers) this.#network.send(peer, bytes);
    }
  }

  /** Vertices and cosignatures to every one of them, in as few messages as hold them. */
  spread(vertices: readonly Uint8Array[], cosignatures: readonly Cosignature[], peers = this.#peers): void {
    this.broadcast(framesOf(vertices, cosignatures), peers);
  }
}
