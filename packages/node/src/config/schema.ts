/**
 * The fields of a node's config.json, with every default and range. What must be the same at all nodes is no setting:
 * it stands in the genesis. Each field's message is what is allowed there; load.ts turns it into a problem report.
 */
import { z } from 'zod';
import { LOG_LEVELS } from '../observe/index.js';

const MEBIBYTE = 1_048_576;

const port = integer(1, 65_535);
const file = text('a path, absolute or relative to this file');
const host = text('a host name or address');
const name = text('the name of a validator of the genesis');

const validator = object({ name, keyFile: file });

const api = object({
  host: host.default('127.0.0.1'),
  port,
});

const peers = object({
  host: host.default('127.0.0.1'),
  port,
  /** Validator name -> `host:port` of its peers port. Those left out are not dialled. */
  addresses: z.record(z.string(), address(), { error: 'an object of validator names and addresses' }).default({}),
});

const limits = object({
  /** Accepted transactions that are not final, beyond which clients get a 503 (PROTOCOL 13). */
  maxPending: integer(1, 1_000_000).default(20_000),
  /** Vertices, and their bytes, that wait for something they cite. */
  pendingAreaVertices: integer(64, 1_000_000).default(16_384),
  pendingAreaBytes: integer(MEBIBYTE, 1_024 * MEBIBYTE).default(64 * MEBIBYTE),
});

const log = object({
  level: z.enum(LOG_LEVELS, { error: `one of ${LOG_LEVELS.join(', ')}` }).default('info'),
});

export const configSchema = object({
  /** The network's genesis.json. */
  genesis: file,
  /** Where the node keeps everything; made if missing. */
  dataDirectory: file,
  /** Which validator this node is. */
  validator,
  api,
  peers,
  limits: limits.prefault({}),
  /** Least mean time between own statements (PROTOCOL 4). */
  roundSpacingMs: integer(0, 60_000).default(50),
  /** How often frontiers are exchanged with peers (PROTOCOL 4). */
  antiEntropyMs: integer(50, 60_000).default(1_000),
  log: log.prefault({}),
});

/** A checked configuration, its paths as written. */
export type ConfigDocument = z.output<typeof configSchema>;
/** What stands in the file: fields with defaults may be missing. */
export type ConfigInput = z.input<typeof configSchema>;

function object<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, { error: (issue) => (issue.code === 'invalid_type' ? 'an object' : undefined) });
}

function integer(min: number, max: number) {
  const error = `an integer from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

function text(error: string) {
  return z.string({ error }).min(1, { error });
}

function address() {
  const error = 'host:port, an IPv6 address in brackets';
  return z.string({ error }).refine(isAddress, { error });
}

/** Whether a URL can be made of it, of nothing but host and port. */
function isAddress(value: string): boolean {
  const match = /^(?<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):(?<port>[0-9]{1,5})$/.exec(value);
  const number = Number(match?.groups?.['port'] ?? 0);
  return number >= 1 && number <= 65_535 && URL.canParse(`ws://${value}/`);
}
