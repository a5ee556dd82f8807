/**
 * A bearer token: `tangle_ID_SECRET`, the id 16 hex digits and public, the secret 256 random bits in base64url. Only the
 * SHA-256 of the whole text is kept: with so much randomness in it, no slower hash makes guessing any harder.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { toHex } from '@tangle/core/codec';

const ID_BYTES = 8;
const SECRET_BYTES = 32;
const FORM = /^tangle_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/;

export interface NewToken {
  readonly id: string;
  /** What the bearer sends. It is shown once and kept nowhere. */
  readonly text: string;
}

/** @param random fresh random bytes of this length, fit for keys. */
export function newToken(random: (length: number) => Uint8Array): NewToken {
  const id = toHex(random(ID_BYTES));
  return { id, text: `tangle_${id}_${Buffer.from(random(SECRET_BYTES)).toString('base64url')}` };
}

/** The public id in a token; null where the text is of another form. */
export function tokenIdOf(text: string): string | null {
  return FORM.exec(text)?.[1] ?? null;
}

/** Lower-case hex of the SHA-256. */
export function tokenHash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Whether the text is the token with this hash, in a time that says nothing of how much of it is right. */
export function isToken(text: string, sha256: string): boolean {
  return timingSafeEqual(createHash('sha256').update(text).digest(), Buffer.from(sha256, 'hex'));
}
