/**
 * Keeps a place free for whoever comes next. Where all are taken, the connection that has waited longest without a
 * complete request is let go: first of those that never had one, which is what a flood holds. One that is being answered
 * is never let go here.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Address and port of the other end: the same for a TLS socket and the one below it. */
type Peer = string;

export class ConnectionShedder {
  readonly #connectionsMax: number;
  readonly #sockets = new Map<Peer, Socket>();
  /** Never had a complete request; oldest first. */
  readonly #silent = new Set<Peer>();
  /** Complete requests whose answer is not out: a client may send several before it reads. */
  readonly #underWay = new Map<Peer, number>();
  /** Between two requests; the one that waits longest first. */
  readonly #idle = new Set<Peer>();
  #shed = 0;

  constructor(server: Server, connectionsMax: number) {
    this.#connectionsMax = connectionsMax;
    server.maxConnections = connectionsMax;
    server.on('connection', (socket: Socket) => this.#onConnection(socket));
  }

  /** Connections let go for others, since the start. */
  get shed(): number {
    return this.#shed;
  }

  get size(): number {
    return this.#sockets.size;
  }

  /** A request is complete, body and all: from here on the answer is on us. */
  began(socket: Socket): void {
    const peer = peerOf(socket);
    this.#silent.delete(peer);
    this.#idle.delete(peer);
    this.#underWay.set(peer, (this.#underWay.get(peer) ?? 0) + 1);
  }

  /** Its answer is out. */
  ended(socket: Socket): void {
    const peer = peerOf(socket);
    const left = (this.#underWay.get(peer) ?? 0) - 1;
    if (left > 0) this.#underWay.set(peer, left);
    else this.#underWay.delete(peer);
    if (left === 0 && this.#sockets.has(peer)) this.#idle.add(peer);
  }

  #onConnection(socket: Socket): void {
    const peer = peerOf(socket);
    this.#sockets.set(peer, socket);
    this.#silent.add(peer);
    socket.once('close', () => {
      this.#sockets.delete(peer);
      this.#silent.delete(peer);
      this.#idle.delete(peer);
      this.#underWay.delete(peer);
    });
    if (this.#sockets.size >= this.#connectionsMax) this.#shedOneBut(peer);
  }

  #shedOneBut(newest: Peer): void {
    for (const waiting of [this.#silent, this.#idle]) {
      for (const peer of waiting) {
        if (peer === newest) continue;
        this.#sockets.get(peer)?.destroy();
        this.#shed += 1;
        return;
      }
    }
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): Peer {
  return `${remoteAddress} ${remotePort}`;
}
