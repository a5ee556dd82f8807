/**
 * Mutual authentication of two validators, as a state machine without sockets:
 *
 *     dialler                                    listener
 *        | hello  version network index nonce instance |
 *        |-------------------------------------------->|  is it for this network, from somebody else of the committee?
 *        |<--------------------------------------------|  hello
 *        | proof  signature                            |
 *        |-------------------------------------------->|  signed by that validator's statement key? then it is up
 *        |<--------------------------------------------|  proof
 *
 * Each signs both nonces (no replay), the network (no relay from another one), both indices and its own role (no
 * reflection). The listener proves itself last, so a stranger gets no signature out of it. What is not bound is the
 * connection itself: somebody on the path can carry a handshake through and then inject frames. Whatever matters in a
 * frame is signed on its own, and links beyond loopback belong inside TLS or a private network.
 */
import type { Crypto, Signer } from '@tangle/core/crypto';
import type { ValidatorIndex } from '@tangle/core/ids';
import type { Genesis } from '@tangle/core/model';
import type { CloseReason } from './close-codes.js';
import { present } from '@tangle/core/assert';
import { Reader, Writer } from '@tangle/core/codec';
import { NETWORK_BYTES, SIGNATURE_BYTES } from '@tangle/core/ids';

/** Version of the link protocol: the handshake and what is carried over it. */
const LINK_VERSION = 1;
export const NONCE_BYTES = 32;
/** Drawn at every start of a process: tells a restarted peer from one that dialled twice. */
export const INSTANCE_BYTES = 16;

const KIND_HELLO = 1;
const KIND_PROOF = 2;
const HELLO_BYTES = 1 + 2 + NETWORK_BYTES + 2 + NONCE_BYTES + INSTANCE_BYTES;
const PROOF_BYTES = 1 + SIGNATURE_BYTES;
const TAG = Uint8Array.from('tangle/handshake/v1\0', (character) => character.charCodeAt(0));

/** Which end of the connection somebody is. */
export type Role = 'dialler' | 'listener';
const ROLE_CODES: Readonly<Record<Role, number>> = { dialler: 1, listener: 2 };

/** Who this node is on every link. */
export interface LinkIdentity {
  readonly genesis: Genesis;
  readonly self: ValidatorIndex;
  /** INSTANCE_BYTES random bytes, the same as long as the process lives. */
  readonly instance: Uint8Array;
  /** Holds the validator's statement key. */
  readonly signer: Signer;
  readonly crypto: Crypto;
}

interface Hello {
  readonly index: ValidatorIndex;
  readonly nonce: Uint8Array;
  readonly instance: Uint8Array;
}

export interface AuthenticatedPeer {
  readonly index: ValidatorIndex;
  readonly instance: Uint8Array;
}

/** What to do after a message: send what there is, then go on waiting, or the peer is who it says, or hang up. */
export type HandshakeStep =
  | { readonly kind: 'waiting'; readonly send: Uint8Array }
  | { readonly kind: 'authenticated'; readonly send: Uint8Array | null; readonly peer: AuthenticatedPeer }
  | { readonly kind: 'refused'; readonly reason: CloseReason };

export class Handshake {
  readonly role: Role;
  readonly #identity: LinkIdentity;
  readonly #expected: ValidatorIndex | null;
  readonly #own: Hello;
  #theirs: Hello | null = null;

  /**
   * @param expected whom the dialler means to reach; null for the listener, who takes any other validator.
   * @param nonce NONCE_BYTES random bytes, never used before.
   */
  constructor(identity: LinkIdentity, role: Role, expected: ValidatorIndex | null, nonce: Uint8Array) {
    this.role = role;
    this.#identity = identity;
    this.#expected = expected;
    this.#own = { index: identity.self, nonce, instance: identity.instance };
  }

  /** The dialler's first message; the listener sends its own in answer. */
  hello(): Uint8Array {
    return new Writer(HELLO_BYTES)
      .u8(KIND_HELLO)
      .u16(LINK_VERSION)
      .hex(this.#identity.genesis.network)
      .u16(this.#own.index)
      .bytes(this.#own.nonce)
      .bytes(this.#own.instance)
      .finish();
  }

  /** Takes the peer's next message, of any bytes. */
  receive(message: Uint8Array): HandshakeStep {
    return this.#theirs === null ? this.#receiveHello(message) : this.#receiveProof(message, this.#theirs);
  }

  #receiveHello(message: Uint8Array): HandshakeStep {
    const reader = new Reader(message);
    const kind = reader.u8('kind');
    const version = reader.u16('version');
    if (kind !== KIND_HELLO || reader.failure !== null) return refused('malformed-handshake');
    // Looked at before the rest: a later version may have another form from here on.
    if (version !== LINK_VERSION) return refused('unsupported-version');
    const network = reader.hex(NETWORK_BYTES, 'network');
    const index = reader.u16('index');
    // Copied: the message is only lent.
    const nonce = reader.bytes(NONCE_BYTES, 'nonce').slice();
    const instance = reader.bytes(INSTANCE_BYTES, 'instance').slice();
    if (reader.finish() !== null) return refused('malformed-handshake');
    if (network !== this.#identity.genesis.network) return refused('wrong-network');
    if (index >= this.#identity.genesis.committee.size) return refused('unknown-validator');
    if (index === this.#own.index) return refused('same-validator');
    if (this.#expected !== null && index !== this.#expected) return refused('unexpected-validator');
    const theirs: Hello = { index, nonce, instance };
    this.#theirs = theirs;
    return { kind: 'waiting', send: this.role === 'dialler' ? this.#proof(theirs) : this.hello() };
  }

  #receiveProof(message: Uint8Array, theirs: Hello): HandshakeStep {
    if (message.length !== PROOF_BYTES || message[0] !== KIND_PROOF) return refused('malformed-handshake');
    const { crypto, genesis } = this.#identity;
    const key = present(genesis.committee.validators[theirs.index], 'the index was checked').statementKey;
    const claim = this.#transcript(theirs, this.role === 'dialler' ? 'listener' : 'dialler');
    if (!crypto.verifyEd25519(key, claim, message.subarray(1))) return refused('bad-signature');
    const send = this.role === 'listener' ? this.#proof(theirs) : null;
    return { kind: 'authenticated', send, peer: { index: theirs.index, instance: theirs.instance } };
  }

  #proof(theirs: Hello): Uint8Array {
    const signature = this.#identity.signer.sign(this.#transcript(theirs, this.role));
    return new Writer(PROOF_BYTES).u8(KIND_PROOF).bytes(signature).finish();
  }

  /** What the holder of `role` signs. */
  #transcript(theirs: Hello, role: Role): Uint8Array {
    const [dialler, listener] = this.role === 'dialler' ? [this.#own, theirs] : [theirs, this.#own];
    return new Writer(TAG.length + 2 + NETWORK_BYTES + 2 * (NONCE_BYTES + 2 + INSTANCE_BYTES) + 1)
      .bytes(TAG)
      .u16(LINK_VERSION)
      .hex(this.#identity.genesis.network)
      .bytes(dialler.nonce)
      .bytes(listener.nonce)
      .u16(dialler.index)
      .u16(listener.index)
      .bytes(dialler.instance)
      .bytes(listener.instance)
      .u8(ROLE_CODES[role])
      .finish();
  }
}

function refused(reason: CloseReason): HandshakeStep {
  return { kind: 'refused', reason };
}
