/**
 * The port through which the core hashes and verifies. Every implementation gives the same verdict on every input, or
 * a hostile device splits honest nodes (PROTOCOL 8); test/vectors holds what each one must pass.
 */

export interface Crypto {
  /** SHA-256 of the parts one after the other, without separators. 32 bytes. */
  sha256(...parts: readonly Uint8Array[]): Uint8Array;
  /** Rule R1 exactly (PROTOCOL 8). Any bytes of any length may be handed in: the answer is false, never an exception. */
  verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** Rule R2 exactly (PROTOCOL 8): canonical, on the curve, of prime order. Any bytes of any length, as above. */
  isAdmissibleKey(publicKey: Uint8Array): boolean;
}

/** A key that signs; the secret stays inside. */
export interface Signer {
  /** Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Ed25519 (RFC 8032) signature of the message, 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
}
