/**
 * Small checks of what a node answers: the field that is wrong is named, nothing is coerced. A node may be old, broken
 * or hostile; its JSON becomes typed data here and nowhere else. Unknown fields are left alone: nodes may grow.
 */
import { TangleError } from '../errors.js';

/** A value of an answer, with the way to it for the error. */
export class Field {
  readonly #value: unknown;
  readonly #path: string;
  readonly #node: string;

  constructor(value: unknown, path: string, node: string) {
    this.#value = value;
    this.#path = path;
    this.#node = node;
  }

  /** The error for this field. */
  unexpected(allowed: string): TangleError {
    const found = describe(this.#value);
    return new TangleError('unexpected-response', `${this.#path || 'the answer'} is ${found}, expected ${allowed}`, {
      node: this.#node,
      details: { field: this.#path, found, allowed },
    });
  }

  /** A field of an object; what is missing is found as undefined. */
  get(name: string): Field {
    const value = this.#value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.unexpected('an object');
    const found: unknown = Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
    return new Field(found, this.#path === '' ? name : `${this.#path}.${name}`, this.#node);
  }

  /** Null or absent becomes null, anything else goes through `read`. */
  nullable<Value>(read: (field: Field) => Value): Value | null {
    return this.#value === null || this.#value === undefined ? null : read(this);
  }

  list<Value>(countMax: number, read: (field: Field) => Value): Value[] {
    if (!Array.isArray(this.#value) || this.#value.length > countMax) {
      throw this.unexpected(`an array of at most ${countMax} items`);
    }
    return this.#value.map((item: unknown, index) => read(new Field(item, `${this.#path}[${index}]`, this.#node)));
  }

  text(pattern?: RegExp, allowed = 'text'): string {
    if (typeof this.#value !== 'string' || pattern?.test(this.#value) === false) throw this.unexpected(allowed);
    return this.#value;
  }

  /** Lower-case hex of so many bytes, branded as the caller says. */
  hex<Id extends string>(byteCount: number): Id {
    const text = this.text(/^[0-9a-f]+$/, `${byteCount * 2} lower-case hex digits`);
    if (text.length !== byteCount * 2) throw this.unexpected(`${byteCount * 2} lower-case hex digits`);
    return text as Id;
  }

  integer(): number {
    if (typeof this.#value !== 'number' || !Number.isSafeInteger(this.#value) || this.#value < 0) {
      throw this.unexpected('an integer from 0');
    }
    return this.#value;
  }

  finite(): number {
    if (typeof this.#value !== 'number' || !Number.isFinite(this.#value)) throw this.unexpected('a number');
    return this.#value;
  }

  boolean(): boolean {
    if (typeof this.#value !== 'boolean') throw this.unexpected('true or false');
    return this.#value;
  }

  /** A u64 written as a decimal string. */
  u64(): bigint {
    const value = BigInt(this.text(/^(0|[1-9][0-9]{0,19})$/, 'a u64 as a string'));
    if (value >= 1n << 64n) throw this.unexpected('a u64 as a string');
    return value;
  }

  /** RFC 3339 UTC to unix ms. */
  time(): number {
    const text = this.text(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/, 'a time like 2026-01-31T12:00:00.000Z');
    const timeMs = Date.parse(text);
    if (Number.isNaN(timeMs)) throw this.unexpected('a time like 2026-01-31T12:00:00.000Z');
    return timeMs;
  }

  oneOf<Value extends string>(values: readonly Value[]): Value {
    const found = values.find((value) => value === this.#value);
    if (found === undefined) throw this.unexpected(values.join(' or '));
    return found;
  }

  /** Base64url without padding to bytes. */
  base64url(): Uint8Array {
    const text = this.text(/^[A-Za-z0-9_-]*$/, 'base64url');
    try {
      return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
        character.charCodeAt(0),
      );
    } catch (error) {
      throw new TangleError('unexpected-response', `${this.#path} is no base64url`, {
        node: this.#node,
        cause: error,
        details: { field: this.#path },
      });
    }
  }

  /** As it came, for what the caller takes as it is. */
  get raw(): unknown {
    return this.#value;
  }
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  const text = JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}
