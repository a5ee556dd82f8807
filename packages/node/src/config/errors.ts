/** What is wrong with a node's files or with the answers to `init`: an Error with a stable code and every problem. */
export type ConfigErrorCode =
  /** The configuration cannot be read, is no JSON, or has fields that are not as they should be. */
  | 'config-invalid'
  /** An address beyond this machine without what keeps strangers out there: tokens, and TLS or a word that it is not needed. */
  | 'bind-beyond-loopback'
  /** Others than the owner may use the key file. */
  | 'key-file-too-open'
  /** The key file cannot be read or is not one. */
  | 'key-file-invalid'
  /** The file of tokens cannot be read, is none, or others may write it. */
  | 'tokens-file-invalid'
  /** Somebody else changes the tokens at this moment, or died at it. */
  | 'tokens-file-busy'
  /** A certificate or its key cannot be read, or they do not belong together. */
  | 'certificate-invalid'
  /** The genesis file cannot be read or is not one. */
  | 'genesis-invalid'
  /** `init` writes into new or empty directories only. */
  | 'directory-not-empty'
  /** The directory cannot be written. */
  | 'init-failed'
  /** Options of `init` that no network can have. */
  | 'init-invalid';

/** One field that is not as it should be. */
export interface ConfigProblem {
  /** Path of the field: `api.port`; empty for the whole file. */
  readonly path: string;
  readonly found: string;
  readonly allowed: string;
  /** The name that was probably meant. */
  readonly suggestion?: string;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code: ConfigErrorCode;
  readonly problems: readonly ConfigProblem[];

  /** @param subject the file or option it is about. */
  constructor(code: ConfigErrorCode, subject: string, problems: readonly ConfigProblem[], cause?: unknown) {
    super([`${code}: ${subject}`, ...problems.map(describe)].join('\n  '), { cause });
    this.code = code;
    this.problems = problems;
  }
}

function describe({ path, found, allowed, suggestion }: ConfigProblem): string {
  const hint = suggestion === undefined ? '' : ` (did you mean ${suggestion}?)`;
  return `${path === '' ? '' : `${path}: `}found ${found}, allowed is ${allowed}${hint}`;
}

/** A value in a few characters, for `found`. */
export function excerptOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? typeof value;
  return text.length <= 60 ? text : `${text.slice(0, 60)}...`;
}

/** The system's words for a failed file access. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
