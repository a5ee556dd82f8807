/**
 * The one hash and the one signed message of the protocol: SHA-256 and Ed25519, each over a domain tag
 * (`tangle/NAME/v1` and a zero byte) and then the bytes (PROTOCOL 2). The tag keeps one kind of object from ever
 * being taken for another.
 */
import type { Digest, StatementId, TransactionId } from '../ids.js';
import type { Crypto } from './crypto.js';
import { toHex } from '../codec/hex.js';

/** Names of the domains, and the type of the id each one makes. */
export interface HashTypes {
  readonly genesis: Digest;
  readonly tx: TransactionId;
  readonly statement: StatementId;
  readonly order: Digest;
  readonly commit: Digest;
  readonly state: Digest;
  readonly epoch: Digest;
}
export type HashName = keyof HashTypes;

/** Tags are ASCII: a character is a byte. */
function tagOf(name: HashName): Uint8Array {
  return Uint8Array.from(`tangle/${name}/v1\0`, (character) => character.charCodeAt(0));
}

const TAGS: Readonly<Record<HashName, Uint8Array>> = {
  genesis: tagOf('genesis'),
  tx: tagOf('tx'),
  statement: tagOf('statement'),
  order: tagOf('order'),
  commit: tagOf('commit'),
  state: tagOf('state'),
  epoch: tagOf('epoch'),
};

/** SHA-256 over the tag of `name` and the parts. 32 bytes. */
export function taggedHash(crypto: Crypto, name: HashName, ...parts: readonly Uint8Array[]): Uint8Array {
  return crypto.sha256(TAGS[name], ...parts);
}

/** The same in lower-case hex, typed as what it identifies. */
export function taggedHashHex<Name extends HashName>(
  crypto: Crypto,
  name: Name,
  ...parts: readonly Uint8Array[]
): HashTypes[Name] {
  return toHex(crypto.sha256(TAGS[name], ...parts)) as HashTypes[Name];
}

/** What is signed for an object of this kind: the tag and then every byte before the signature. */
export function signingMessage(name: HashName, bytes: Uint8Array): Uint8Array {
  const tag = TAGS[name];
  const message = new Uint8Array(tag.length + bytes.length);
  message.set(tag);
  message.set(bytes, tag.length);
  return message;
}
