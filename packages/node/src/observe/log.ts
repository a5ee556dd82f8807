/**
 * The node's log: JSON lines by pino, on stderr unless told otherwise, since stdout belongs to results. Secrets never
 * reach a line: the names they go by in key files and headers are redacted at any of the depths in use.
 */
import type { DestinationStream, Logger } from 'pino';
import { destination, pino, stdTimeFunctions } from 'pino';

export type { Logger } from 'pino';

/** From most to least; `silent` writes nothing. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogOptions {
  readonly level: LogLevel;
  /** The node's name, in every line. */
  readonly name: string;
  /** Where the lines go. Default: stderr, written synchronously so that the last line before an exit is not lost. */
  readonly stream?: DestinationStream;
}

const STDERR = 2;
/** Names under which secrets go, in key files, headers and options. */
export const SECRET_NAMES: readonly string[] = [
  'secretKey',
  'secret',
  'secrets',
  'seed',
  'privateKey',
  'authorization',
  'password',
  'token',
  'tokens',
  'keys',
];

export function createLogger({ level, name, stream }: LogOptions): Logger {
  return pino(
    {
      level,
      base: { name },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_NAMES.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]), censor: '[secret]' },
    },
    stream ?? destination({ dest: STDERR, sync: true }),
  );
}
