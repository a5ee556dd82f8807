/** The names and keys under which a network's log is signed and cosigned, all out of the genesis (PROTOCOL 11). */
import type { Crypto } from '../crypto/crypto.js';
import type { Genesis } from '../model/genesis.js';
import type { NoteKey } from './note.js';
import { noteKey, SIGNATURE_TYPE } from './note.js';

/** The part of a genesis that says who signs. */
export type NetworkIdentity = Pick<Genesis, 'name' | 'network' | 'committee'>;

export interface NetworkKeys {
  /** Origin of every checkpoint: network name, `/`, network id in hex. */
  readonly origin: string;
  /** By validator index: plain keys (0x01), each in the origin's own name. One signature of any of them is enough. */
  readonly logKeys: readonly NoteKey[];
  /** By validator index: cosigner keys (0x04), named origin, `/`, validator name. */
  readonly cosignerKeys: readonly NoteKey[];
}

/** Hashes two key ids for each validator: make it once. */
export function networkKeys(genesis: NetworkIdentity, crypto: Crypto): NetworkKeys {
  const origin = `${genesis.name}/${genesis.network}`;
  const { validators } = genesis.committee;
  return {
    origin,
    logKeys: validators.map(({ logKey }) => noteKey(origin, SIGNATURE_TYPE.ed25519, logKey, crypto)),
    cosignerKeys: validators.map(({ name, cosignerKey }) =>
      noteKey(`${origin}/${name}`, SIGNATURE_TYPE.cosignature, cosignerKey, crypto),
    ),
  };
}
