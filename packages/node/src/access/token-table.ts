/**
 * The tokens of a running node. The file is looked at again at most once a second, and only when somebody comes: what
 * `tangle token` changes works from then on, without a restart. While the file cannot be read, nobody is let in.
 */
import type { Logger } from '../observe/index.js';
import type { Scope } from './scopes.js';
import type { TokenRecord } from './token-file.js';
import { stat } from 'node:fs/promises';
import { readTokenFile } from './token-file.js';
import { isToken, tokenIdOf } from './token.js';

/** What is known of a bearer. */
export type TokenVerdict =
  | { readonly kind: 'known'; readonly id: string; readonly scopes: ReadonlySet<Scope> }
  | { readonly kind: 'expired'; readonly id: string; readonly expiresAt: string }
  /** Of another form, never made, or revoked. */
  | { readonly kind: 'unknown' }
  /** The node cannot tell now. */
  | { readonly kind: 'unreadable' };

export interface TokenVerifier {
  verify(text: string): Promise<TokenVerdict>;
}

/** A change of the file works within this time. */
const LOOK_INTERVAL_MS = 1_000;
/** Compared with where there is no such id, so that both take as long. */
const NOBODYS_HASH = '00'.repeat(32);

type TokenMap = ReadonlyMap<string, TokenRecord>;

export class TokenTable implements TokenVerifier {
  readonly #file: string;
  readonly #log: Logger;
  #version: string;
  /** Null while the file cannot be read. */
  #tokens: TokenMap | null;
  #lookedMs = performance.now();
  #looking: Promise<void> | null = null;

  private constructor(file: string, log: Logger, version: string, tokens: TokenMap) {
    this.#file = file;
    this.#log = log;
    this.#version = version;
    this.#tokens = tokens;
  }

  /** Rejects with a ConfigError `tokens-file-invalid`. */
  static async open(file: string, log: Logger): Promise<TokenTable> {
    const { tokens, version } = await readTokenFile(file);
    return new TokenTable(file, log, version, byId(tokens));
  }

  async verify(text: string): Promise<TokenVerdict> {
    if (performance.now() - this.#lookedMs >= LOOK_INTERVAL_MS) {
      this.#looking ??= this.#look().finally(() => (this.#looking = null));
      await this.#looking;
    }
    if (this.#tokens === null) return { kind: 'unreadable' };
    const id = tokenIdOf(text);
    const record = id === null ? undefined : this.#tokens.get(id);
    const isRight = isToken(text, record?.sha256 ?? NOBODYS_HASH);
    if (record === undefined || !isRight) return { kind: 'unknown' };
    const { expiresAt, scopes } = record;
    if (expiresAt !== null && Date.parse(expiresAt) <= Date.now()) return { kind: 'expired', id: record.id, expiresAt };
    return { kind: 'known', id: record.id, scopes: new Set(scopes) };
  }

  async #look(): Promise<void> {
    try {
      const { ino, mtimeMs, size } = await stat(this.#file);
      if (this.#tokens === null || `${ino} ${mtimeMs} ${size}` !== this.#version) {
        const { tokens, version } = await readTokenFile(this.#file);
        this.#tokens = byId(tokens);
        this.#version = version;
        this.#log.info({ tokens: tokens.length }, 'the tokens were read again');
      }
    } catch (error) {
      if (this.#tokens !== null) this.#log.error({ err: error }, 'the tokens cannot be read: nobody is let in');
      this.#tokens = null;
    } finally {
      this.#lookedMs = performance.now();
    }
  }
}

function byId(tokens: readonly TokenRecord[]): TokenMap {
  return new Map(tokens.map((token) => [token.id, token]));
}
