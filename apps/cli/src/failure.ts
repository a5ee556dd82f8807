/**
 * Every way a command can end, and what an error of any package means here: a stable code, a text, an exit code.
 *
 *   0 done   1 failed   2 usage   3 refused by the ledger   4 not reachable   5 verification failed
 *   70 halted   74 disk   78 configuration: of a node, and with the numbers of sysexits(3); 70 and 78 are the two that
 *   starting it again cannot cure
 *   130, 143 interrupted by SIGINT or SIGTERM with work left
 */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  unreachable: 4,
  verification: 5,
  halted: 70,
  disk: 74,
  config: 78,
  interrupted: 130,
  terminated: 143,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What stands in `{"error": ...}` of `--json` and, shortened, in the line on stderr. */
export interface Failure {
  /** Stable: ours, or the code of a node's problem document, of its files or of its disk. */
  readonly code: string;
  readonly message: string;
  readonly exitCode: ExitCode;
  readonly details: Readonly<Record<string, unknown>>;
}

/** An error of the command line itself. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    exitCode: ExitCode = EXIT.failed,
    details: Readonly<Record<string, unknown>> = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.exitCode = exitCode;
    this.details = details;
  }
}

/** An argument or option that no run can make sense of. */
export function usageError(code: string, message: string): CliError {
  return new CliError(code, message, EXIT.usage);
}

const DISK_CODES: ReadonlySet<string> = new Set([
  'disk-failed',
  'disk-full',
  'record-corrupt',
  'store-unreadable',
  'outbox-failed',
  'outbox-damaged',
]);
/** Beside every ConfigError: what a node's directory says against its configuration. */
const CONFIG_CODES: ReadonlySet<string> = new Set(['wrong-network', 'unsupported-store-format']);
/** Of `init`, which a ConfigError tells too. */
const INIT_CODES: ReadonlySet<string> = new Set(['directory-not-empty', 'init-failed']);
const DISK_ERRNOS: ReadonlySet<string> = new Set(['ENOSPC', 'EIO', 'EROFS', 'EDQUOT']);
const UNREACHABLE_CODES: ReadonlySet<string> = new Set(['node-unreachable', 'node-timeout']);
/** Something was checked, and is not what it should be. */
const VERIFICATION_CODES: ReadonlySet<string> = new Set(['proof-invalid', 'blob-does-not-match', 'backup-damaged']);
/** Refused for now alone: the ledger has nothing against it. */
const NOT_YET_CODES: ReadonlySet<string> = new Set(['not-final', 'not-certified', 'nothing-certified']);
const USAGE_CODES: ReadonlySet<string> = new Set(['invalid-argument', 'init-invalid']);
/** Statuses with which a node refuses a transaction (see `api/problem.ts`). */
const REFUSAL_STATUSES: ReadonlySet<number> = new Set([403, 409, 413, 422, 429]);
/** 403 too, but about the way the node is addressed, and by whom. */
const ADDRESS_CODES: ReadonlySet<string> = new Set(['host-not-allowed', 'origin-not-allowed', 'insufficient-scope']);
const DETAIL_FIELDS = ['problems', 'node', 'status', 'keySpace', 'key'] as const;

/** What was thrown, whoever threw it. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CliError) {
    return { code: error.code, message: error.message, exitCode: error.exitCode, details: error.details };
  }
  const system = systemFailure(error);
  if (system !== null) return system;
  const code = codeOf(error);
  if (!(error instanceof Error) || code === undefined || !/^[a-z][a-z0-9-]*$/.test(code)) {
    // A bug: the stack is what its finder needs.
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { code: 'internal', message: text, exitCode: EXIT.failed, details: {} };
  }
  const prefix = `${code}: `;
  const message = error.message.startsWith(prefix) ? error.message.slice(prefix.length) : error.message;
  return { code, message, exitCode: exitCodeOf(code, error), details: detailsOf(error) };
}

/** The stable or system `code` of an error, where it has one. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function exitCodeOf(code: string, error: Error): ExitCode {
  if (DISK_CODES.has(code)) return EXIT.disk;
  if (UNREACHABLE_CODES.has(code)) return EXIT.unreachable;
  if (USAGE_CODES.has(code)) return EXIT.usage;
  if (VERIFICATION_CODES.has(code)) return EXIT.verification;
  if (CONFIG_CODES.has(code) || (error.name === 'ConfigError' && !INIT_CODES.has(code))) return EXIT.config;
  if (code === 'halted' && error.name === 'ReplicaHaltError') return EXIT.halted;
  if (NOT_YET_CODES.has(code)) return EXIT.failed;
  if (code === 'transaction-rejected') return EXIT.refused;
  const status = 'status' in error && typeof error.status === 'number' ? error.status : null;
  if (status === null || ADDRESS_CODES.has(code)) return EXIT.failed;
  if (status >= 500) return EXIT.unreachable;
  return REFUSAL_STATUSES.has(status) ? EXIT.refused : EXIT.failed;
}

/** Errors of the system, such as ENOENT: their message already names call and path. */
function systemFailure(error: unknown): Failure | null {
  const errno = codeOf(error);
  if (errno === undefined || !(error instanceof Error) || !/^E[A-Z0-9]+$/.test(errno)) return null;
  const details = { errno, ...('path' in error && { path: error.path }) };
  if (DISK_ERRNOS.has(errno)) return { code: 'disk-failed', message: error.message, exitCode: EXIT.disk, details };
  const code = { ENOENT: 'no-such-file', EEXIST: 'file-exists', EACCES: 'not-permitted', EPERM: 'not-permitted' }[
    errno
  ];
  return { code: code ?? 'system-error', message: error.message, exitCode: EXIT.failed, details };
}

function detailsOf(error: Error): Record<string, unknown> {
  const own: unknown = Reflect.get(error, 'details');
  const details: Record<string, unknown> = typeof own === 'object' && own !== null ? { ...own } : {};
  for (const field of DETAIL_FIELDS) {
    const value: unknown = Reflect.get(error, field);
    const isEmpty =
      value === null || value === undefined || (typeof value === 'object' && Object.keys(value).length === 0);
    if (!isEmpty) details[field] = value;
  }
  return details;
}
