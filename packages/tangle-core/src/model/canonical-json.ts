/**
 * RFC 8785 (JSON Canonicalization Scheme), restricted to what a genesis needs: strings, safe integers, booleans, null,
 * arrays and plain objects. Fractions and lone surrogates are refused, so no float formatting is ever agreed on.
 */
import type { Refusal } from '../codec/reasons.js';
import type { Result } from '../result.js';
import { excerpt } from '../codec/reasons.js';
import { fail, ok } from '../result.js';

/** Nesting allowed; a genesis needs three levels. */
const DEPTH_MAX = 32;

/** The canonical text, or `malformed` with the path of the value that has no canonical form. */
export function canonicalJson(value: unknown): Result<string, Refusal<'malformed'>> {
  return write(value, '$', 0);
}

function write(value: unknown, path: string, depth: number): Result<string, Refusal<'malformed'>> {
  if (value === null || typeof value === 'boolean') return ok(String(value));
  if (typeof value === 'string') return writeString(value, path);
  if (typeof value === 'number') {
    // `-0` is written `0`, as section 3.2.2.3 of the RFC says by way of ECMAScript.
    return Number.isSafeInteger(value) ? ok(String(value)) : refuse(path, String(value), 'a safe integer');
  }
  if (typeof value !== 'object') return refuse(path, typeof value, 'a JSON value');
  if (depth >= DEPTH_MAX) return refuse(path, 'deeper nesting', `at most ${DEPTH_MAX} levels`);
  return Array.isArray(value) ? writeArray(value, path, depth) : writeObject(value, path, depth);
}

function writeArray(values: readonly unknown[], path: string, depth: number): Result<string, Refusal<'malformed'>> {
  const items: string[] = [];
  for (const [index, item] of values.entries()) {
    const text = write(item, `${path}[${index}]`, depth + 1);
    if (!text.ok) return text;
    items.push(text.value);
  }
  return ok(`[${items.join(',')}]`);
}

function writeObject(value: object, path: string, depth: number): Result<string, Refusal<'malformed'>> {
  const members: string[] = [];
  // ECMAScript compares strings by UTF-16 code units, which is what section 3.2.3 of the RFC asks for.
  const entries: [string, unknown][] = Object.entries(value);
  for (const [key, item] of entries.sort(([a], [b]) => (a < b ? -1 : 1))) {
    const name = writeString(key, path);
    if (!name.ok) return name;
    const text = write(item, `${path}.${excerpt(key)}`, depth + 1);
    if (!text.ok) return text;
    members.push(`${name.value}:${text.value}`);
  }
  return ok(`{${members.join(',')}}`);
}

/** JSON.stringify escapes exactly what section 3.2.2.2 escapes, once lone surrogates are out of the way. */
function writeString(text: string, path: string): Result<string, Refusal<'malformed'>> {
  return /\p{Surrogate}/u.test(text)
    ? refuse(path, 'a lone surrogate', 'well-formed Unicode')
    : ok(JSON.stringify(text));
}

function refuse(field: string, found: string, allowed: string): Result<string, Refusal<'malformed'>> {
  return fail({ code: 'malformed', field, found, allowed });
}
