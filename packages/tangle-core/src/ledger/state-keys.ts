/**
 * The keys of the ledger state, in hex: one byte for the kind of entry, then the issuer (suite || key).
 *
 *   01 || suite || key            registry record, 6 bytes: see registry.ts
 *   02 || suite || key            issuer record, 9 or 145 bytes: see issuer-record.ts
 *   03 || suite || key || block   content digests of 64 numbers, 512 bytes; block = (sequence mod 1,024) / 64
 */
import { KEY_BYTES } from '../ids.js';

/** First byte of what is hashed for a content digest: no state key starts with it, which keeps the two hashes apart. */
export const CONTENT_DOMAIN = 0;

const REGISTRY = '01';
const ISSUER = '02';
const CONTENT = '03';

export function registryKey(issuer: string): string {
  return REGISTRY + issuer;
}

export function issuerKey(issuer: string): string {
  return ISSUER + issuer;
}

/** `block`: 0 to 15. */
export function contentKey(issuer: string, block: number): string {
  return `${CONTENT}${issuer}0${block.toString(16)}`;
}

export type StateKeyKind = 'registry' | 'issuer' | 'content';

const ISSUER_DIGITS = 2 * (1 + KEY_BYTES);
const KINDS: Readonly<Record<string, { readonly kind: StateKeyKind; readonly digits: number }>> = {
  [REGISTRY]: { kind: 'registry', digits: 2 + ISSUER_DIGITS },
  [ISSUER]: { kind: 'issuer', digits: 2 + ISSUER_DIGITS },
  [CONTENT]: { kind: 'content', digits: 2 + ISSUER_DIGITS + 2 },
};

/** What a key stands for, or undefined where the ledger writes no such key. */
export function parseStateKey(key: string): { readonly kind: StateKeyKind; readonly issuer: string } | undefined {
  const form = KINDS[key.slice(0, 2)];
  if (form === undefined || key.length !== form.digits) return undefined;
  return { kind: form.kind, issuer: key.slice(2, 2 + ISSUER_DIGITS) };
}
