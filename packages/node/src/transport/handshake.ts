/**
 * Mutual authentication of two nodes, as a state machine without sockets:
 *
 *     dialler                                    listener
 *        | hello  version network party nonce instance |
 *        |-------------------------------------------->|  for this network, from somebody else that this node knows?
 *        |<--------------------------------------------|  hello
 *        | proof  signature                            |
 *        |-------------------------------------------->|  signed by that party's key? then it is up
 *        |<--------------------------------------------|  proof
 *
 * A party is a validator, by its index, or an observer, by its key: which the other end has to have in its configuration.
 *
 * Each signs both nonces (no replay), the network (no relay from another one), both parties and its own role (no
 * reflection). The listener proves itself last, so a stranger gets no signature out of it. Inside TLS each also signs
 * what the two ends of this very channel share and nobody else knows (RFC 9266): somebody on the path who ends TLS on
 * both sides and carries the handshake through is found out. Without TLS the connection itself is not bound, and he can
 * inject frames; whatever matters in a frame is signed on its own.
 */
import type { Crypto, Signer } from '@tangle/core/crypto';
import type { ValidatorIndex } from '@tangle/core/ids';
import type { Genesis } from '@tangle/core/model';
import type { PeerNumber } from '../replica/index.js';
import type { CloseReason } from './close-codes.js';
import { invariant } from '@tangle/core/assert';
import { Reader, Writer } from '@tangle/core/codec';
import { KEY_BYTES, NETWORK_BYTES, SIGNATURE_BYTES } from '@tangle/core/ids';

/** Version of the link protocol: the handshake and what is carried over it. */
const LINK_VERSION = 1;
export const NONCE_BYTES = 32;
/** `tls-exporter` of RFC 9266. */
export const CHANNEL_BINDING_BYTES = 32;
/** Drawn at every start of a process: tells a restarted peer from one that dialled twice. */
export const INSTANCE_BYTES = 16;

const KIND_HELLO = 1;
const KIND_PROOF = 2;
/** Stands in the place of an index before an observer's key; no committee is that large. */
const OBSERVER = 0xffff;
const PROOF_BYTES = 1 + SIGNATURE_BYTES;
const TAG = Uint8Array.from('tangle/handshake/v1\0', (character) => character.charCodeAt(0));

/** Which end of the connection somebody is. */
export type Role = 'dialler' | 'listener';
const ROLE_CODES: Readonly<Record<Role, number>> = { dialler: 1, listener: 2 };

/** Who this node is on every link. */
export interface LinkIdentity {
  readonly genesis: Genesis;
  /** Null: an observer, known by the key of `signer`. */
  readonly self: ValidatorIndex | null;
  /** Keys of the observers it knows, each under the number that follows the committee's and the observers' before it. */
  readonly observers: readonly Uint8Array[];
  /** INSTANCE_BYTES random bytes, the same as long as the process lives. */
  readonly instance: Uint8Array;
  /** Holds the validator's statement key, or the observer's key. */
  readonly signer: Signer;
  readonly crypto: Crypto;
}

interface Hello {
  /** As both sign it. */
  readonly party: Uint8Array;
  readonly nonce: Uint8Array;
  readonly instance: Uint8Array;
}

/** The other end's hello, and who that is here. */
interface PeerHello extends Hello {
  readonly peer: PeerNumber;
  readonly key: Uint8Array;
}

export interface AuthenticatedPeer {
  readonly index: PeerNumber;
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
  readonly #expected: PeerNumber | null;
  readonly #own: Hello;
  /** Empty where there is no TLS. */
  #binding: Uint8Array = new Uint8Array();
  #theirs: PeerHello | null = null;

  /**
   * @param expected whom the dialler means to reach; null for the listener, who takes anybody it knows.
   * @param nonce NONCE_BYTES random bytes, never used before.
   */
  constructor(identity: LinkIdentity, role: Role, expected: PeerNumber | null, nonce: Uint8Array) {
    this.role = role;
    this.#identity = identity;
    this.#expected = expected;
    this.#own = { party: partyBytes(identity.self, identity.signer.publicKey), nonce, instance: identity.instance };
  }

  /**
   * Says that the link runs inside TLS; before any message.
   * @param binding CHANNEL_BINDING_BYTES that only the two ends of this connection know.
   */
  bind(binding: Uint8Array): void {
    invariant(binding.length === CHANNEL_BINDING_BYTES && this.#theirs === null, 'bound once, at the beginning');
    this.#binding = binding;
  }

  /** The dialler's first message; the listener sends its own in answer. */
  hello(): Uint8Array {
    const { party } = this.#own;
    return new Writer(1 + 2 + NETWORK_BYTES + party.length + NONCE_BYTES + INSTANCE_BYTES)
      .u8(KIND_HELLO)
      .u16(LINK_VERSION)
      .hex(this.#identity.genesis.network)
      .bytes(party)
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
    const index = reader.u16('party');
    // Copied: the message is only lent.
    const observerKey = index === OBSERVER ? reader.bytes(KEY_BYTES, 'party').slice() : null;
    const nonce = reader.bytes(NONCE_BYTES, 'nonce').slice();
    const instance = reader.bytes(INSTANCE_BYTES, 'instance').slice();
    if (reader.finish() !== null) return refused('malformed-handshake');
    if (network !== this.#identity.genesis.network) return refused('wrong-network');
    const party = observerKey === null ? this.#validator(index) : this.#observer(observerKey);
    if (typeof party === 'string') return refused(party);
    if (this.#expected !== null && party.peer !== this.#expected) return refused('unexpected-validator');
    const theirs: PeerHello = { ...party, nonce, instance };
    this.#theirs = theirs;
    return { kind: 'waiting', send: this.role === 'dialler' ? this.#proof(theirs) : this.hello() };
  }

  #validator(index: number): Pick<PeerHello, 'party' | 'peer' | 'key'> | CloseReason {
    const { genesis, self } = this.#identity;
    const key = genesis.committee.validators[index]?.statementKey;
    if (key === undefined) return 'unknown-validator';
    if (index === self) return 'same-validator';
    return { party: partyBytes(index, key), peer: index, key };
  }

  #observer(key: Uint8Array): Pick<PeerHello, 'party' | 'peer' | 'key'> | CloseReason {
    const { genesis, self, signer, observers } = this.#identity;
    if (self === null && isSame(key, signer.publicKey)) return 'same-observer';
    const place = observers.findIndex((known) => isSame(known, key));
    if (place < 0) return 'unknown-observer';
    return { party: partyBytes(null, key), peer: genesis.committee.size + place, key };
  }

  #receiveProof(message: Uint8Array, theirs: PeerHello): HandshakeStep {
    if (message.length !== PROOF_BYTES || message[0] !== KIND_PROOF) return refused('malformed-handshake');
    const { crypto } = this.#identity;
    const claim = this.#transcript(theirs, this.role === 'dialler' ? 'listener' : 'dialler');
    if (!crypto.verifyEd25519(theirs.key, claim, message.subarray(1))) return refused('bad-signature');
    const send = this.role === 'listener' ? this.#proof(theirs) : null;
    return { kind: 'authenticated', send, peer: { index: theirs.peer, instance: theirs.instance } };
  }

  #proof(theirs: Hello): Uint8Array {
    const signature = this.#identity.signer.sign(this.#transcript(theirs, this.role));
    return new Writer(PROOF_BYTES).u8(KIND_PROOF).bytes(signature).finish();
  }

  /** What the holder of `role` signs. */
  #transcript(theirs: Hello, role: Role): Uint8Array {
    const [dialler, listener] = this.role === 'dialler' ? [this.#own, theirs] : [theirs, this.#own];
    const parties = dialler.party.length + listener.party.length;
    const size =
      TAG.length + 2 + NETWORK_BYTES + 2 * (NONCE_BYTES + INSTANCE_BYTES) + parties + 1 + this.#binding.length;
    return new Writer(size)
      .bytes(TAG)
      .u16(LINK_VERSION)
      .hex(this.#identity.genesis.network)
      .bytes(dialler.nonce)
      .bytes(listener.nonce)
      .bytes(dialler.party)
      .bytes(listener.party)
      .bytes(dialler.instance)
      .bytes(listener.instance)
      .u8(ROLE_CODES[role])
      .bytes(this.#binding)
      .finish();
  }
}

/** A validator's index, or, where there is none, the mark of an observer and its key. */
function partyBytes(index: ValidatorIndex | null, key: Uint8Array): Uint8Array {
  if (index !== null) return new Writer(2).u16(index).finish();
  return new Writer(2 + KEY_BYTES).u16(OBSERVER).bytes(key).finish();
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

function refused(reason: CloseReason): HandshakeStep {
  return { kind: 'refused', reason };
}
