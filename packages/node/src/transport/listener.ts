/**
 * The port where peers come in: an HTTP or HTTPS server of its own that knows nothing but the upgrade to a WebSocket.
 * Until a connection is authenticated it is a guest, from its first byte on and so through the TLS handshake too: few of
 * them, few from one address, each for a short time.
 */
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { CertifiedKey } from '../tls/index.js';
import type { TransportLimits } from './limits.js';
import { once } from 'node:events';
import { createServer, STATUS_CODES } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { WebSocketServer } from 'ws';
import { TLS_VERSION } from '../tls/index.js';
import { listenError } from './errors.js';
import { REQUEST_HEADER_BYTES_MAX, socketOptions } from './limits.js';

/**
 * Guests of one peer's address that are let in although all places are taken: a flood from elsewhere must not keep the
 * committee apart. One dials once; the other is for a dial that was given up and not noticed yet.
 */
const RESERVED_PER_PEER_MAX = 2;

export interface ListenAddress {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
}

/** A connection that has not been authenticated yet. */
export interface Guest {
  readonly address: string;
  /** What is left of its time, ms. */
  remainingMs(): number;
  /** It is a peer now and counts no more. */
  admit(): void;
}

export interface ListenerEvents {
  /** A guest opened a WebSocket. */
  socket(socket: WebSocket, guest: Guest, channel: Duplex): void;
  /** A connection was dropped before it became one. */
  dropped(address: string, reason: 'too-many-guests' | 'too-many-guests-of-address' | 'handshake-timeout'): void;
}

interface Waiting extends Guest {
  readonly deadline: NodeJS.Timeout;
}

/** Address and port of the other end: the same for a TLS socket and the one below it. */
type Caller = string;

const refusePlainRequest: RequestListener = (_request, response) => {
  response.writeHead(426, { Connection: 'close, Upgrade', Upgrade: 'websocket', 'Content-Type': 'text/plain' });
  response.end(STATUS_CODES[426]);
};

export class Listener {
  readonly #listen: ListenAddress;
  readonly #peerAddresses: ReadonlySet<string>;
  readonly #limits: TransportLimits;
  readonly #events: ListenerEvents;
  readonly #server: Server;
  readonly #upgrader: WebSocketServer;
  readonly #guests = new Map<Caller, Waiting>();
  readonly #guestsOfAddress = new Map<string, number>();
  readonly #sockets = new Set<Socket>();

  /** @param peerAddresses IP addresses of the configured peers; those that are names are not looked up. */
  constructor(
    listen: ListenAddress,
    tls: CertifiedKey | null,
    peerAddresses: ReadonlySet<string>,
    limits: TransportLimits,
    events: ListenerEvents,
  ) {
    this.#listen = listen;
    this.#peerAddresses = peerAddresses;
    this.#limits = limits;
    this.#events = events;
    const http = {
      maxHeaderSize: REQUEST_HEADER_BYTES_MAX,
      headersTimeout: limits.handshakeMs,
      requestTimeout: limits.handshakeMs,
      keepAlive: false,
    };
    const secure = tls && { cert: tls.certificate, key: tls.key, minVersion: TLS_VERSION };
    this.#server =
      secure === null
        ? createServer(http, refusePlainRequest)
        : createSecureServer({ ...http, ...secure, handshakeTimeout: limits.handshakeMs }, refusePlainRequest);
    this.#upgrader = new WebSocketServer({ ...socketOptions(limits), noServer: true, clientTracking: false });
    this.#server.on('connection', (socket) => this.#onConnection(socket));
    this.#server.on('upgrade', (request, socket, head) => this.#onUpgrade(request, socket, head));
  }

  /** Connections not authenticated yet. */
  get guests(): number {
    return this.#guests.size;
  }

  /** The address in use; the configured one until it listens. */
  get address(): ListenAddress {
    const bound = this.#server.address() as AddressInfo | null;
    return { host: this.#listen.host, port: bound?.port ?? this.#listen.port };
  }

  /** Rejects with a TransportError. */
  async start(): Promise<void> {
    const { host, port } = this.#listen;
    const listening = once(this.#server, 'listening');
    this.#server.listen({ host, port });
    try {
      await listening;
    } catch (error) {
      throw error instanceof Error ? listenError(error, host, port) : error;
    }
  }

  /** Takes no more connections and drops all there are; settles when the port is free. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #onConnection(socket: Socket): void {
    // An IPv6 socket writes IPv4 addresses in its own way.
    const address = (socket.remoteAddress ?? 'unknown').replace(/^::ffff:(?=\d+\.)/, '');
    const ofAddress = this.#guestsOfAddress.get(address) ?? 0;
    const isReserved = ofAddress < RESERVED_PER_PEER_MAX && this.#peerAddresses.has(address);
    if (this.#guests.size >= this.#limits.guestsMax && !isReserved) {
      socket.destroy();
      this.#events.dropped(address, 'too-many-guests');
      return;
    }
    if (ofAddress >= this.#limits.guestsPerAddressMax) {
      socket.destroy();
      this.#events.dropped(address, 'too-many-guests-of-address');
      return;
    }
    const untilMs = performance.now() + this.#limits.handshakeMs;
    const caller = callerOf(socket);
    this.#guestsOfAddress.set(address, ofAddress + 1);
    this.#guests.set(caller, {
      address,
      remainingMs: () => Math.max(0, untilMs - performance.now()),
      admit: () => this.#forget(caller),
      deadline: setTimeout(() => {
        socket.destroy();
        this.#events.dropped(address, 'handshake-timeout');
      }, this.#limits.handshakeMs),
    });
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#forget(caller);
    });
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const guest = this.#guests.get(callerOf(request.socket));
    // A browser says whose page it works for; no node is one.
    if (guest === undefined || request.headers.origin !== undefined) {
      socket.destroy();
      return;
    }
    this.#upgrader.handleUpgrade(request, socket, head, (webSocket) => {
      // From here on the link keeps the time, with a close code for those who are late.
      clearTimeout(guest.deadline);
      this.#events.socket(webSocket, guest, socket);
    });
  }

  #forget(caller: Caller): void {
    const guest = this.#guests.get(caller);
    if (guest === undefined) return;
    clearTimeout(guest.deadline);
    this.#guests.delete(caller);
    const left = (this.#guestsOfAddress.get(guest.address) ?? 1) - 1;
    if (left > 0) this.#guestsOfAddress.set(guest.address, left);
    else this.#guestsOfAddress.delete(guest.address);
  }
}

function callerOf({ remoteAddress, remotePort }: Socket): Caller {
  return `${remoteAddress} ${remotePort}`;
}
