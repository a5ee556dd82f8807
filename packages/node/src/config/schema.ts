/**
 * The fields of a node's config.json, with every default and range. What must be the same at all nodes is no setting:
 * it stands in the genesis. Each field's message is what is allowed there; load.ts turns it into a problem report.
 */
import { z } from 'zod';
import { LOG_LEVELS } from '../observe/index.js';

const MEBIBYTE = 1_048_576;
const PEBIBYTE = 2 ** 50;

const port = integer(1, 65_535);
const file = text('a path, absolute or relative to this file');
const host = text('a host name or address');
const name = text('the name of a validator of the genesis');

/** Observers that one node knows: each may hold a link and what waits for it. Further ones follow other observers. */
export const OBSERVERS_MAX = 64;

const validator = object({ name, keyFile: file });
const observer = object({ name: observerName(), keyFile: file });

/** TLS 1.3 alone. PEM files; the certificate with whatever stands between it and its root. */
const tls = object({ certificateFile: file, keyFile: file });
/** Where TLS is missing: that it is meant, since something else keeps the way private. */
const plaintext = z.boolean({ error: 'true or false' }).default(false);

const api = object({
  host: host.default('127.0.0.1'),
  port,
  tls: tls.optional(),
  plaintext,
  /** Whose tokens may use the API (`tangle token`). Without it everybody may do everything: on loopback only. */
  tokensFile: file.optional(),
  /** Whether reading needs a token too. */
  reading: z.enum(['open', 'closed'], { error: 'open or closed' }).default('open'),
  /** Names under which requests may address this node, beside loopback and `host`. */
  allowedHosts: list(hostName(), 64, 'an array of host names in lower case'),
  /** Sites whose pages may use the API, as browsers name them. */
  allowedOrigins: list(origin(), 64, 'an array of origins such as https://dashboard.example'),
});

const peers = object({
  host: host.default('127.0.0.1'),
  /** A validator needs one. An observer without one lets nobody in. */
  port: port.optional(),
  /** Links are authenticated by the nodes' keys either way; with it they are also encrypted. All peers or none. */
  tls: tls.optional(),
  plaintext,
  /** Validator name -> `host:port` of its peers port. Those left out are not dialled. */
  addresses: z.record(z.string(), address(), { error: 'an object of validator names and addresses' }).default({}),
  /** Observers that may follow this node; those with an address are dialled, and so followed by an observer. */
  observers: list(
    object({ name: observerName(), key: observerKey(), address: address().optional() }),
    OBSERVERS_MAX,
    'an array of observers: name, key and perhaps address',
  ),
});

const limits = object({
  /** Accepted transactions that are not final, beyond which clients get a 503 (PROTOCOL 13). */
  maxPending: integer(1, 1_000_000).default(20_000),
  /** Vertices, and their bytes, that wait for something they cite. */
  // At least what one answer of whole commits can leave waiting: with less a node that is far behind stays there.
  pendingAreaVertices: integer(4_096, 1_000_000).default(16_384),
  pendingAreaBytes: integer(16 * MEBIBYTE, 1_024 * MEBIBYTE).default(64 * MEBIBYTE),
  /** Transactions a second of a device for which no rate is provisioned; 0 = no limit. */
  deviceRatePerSecond: integer(0, 1_000_000).default(0),
});

const disk = object({
  /** Free bytes below which clients get a 503 `disk-full`; reading goes on, and so does all that peers send. */
  reserveBytes: integer(0, PEBIBYTE).default(256 * MEBIBYTE),
  /** Free bytes below which the node stops in good order, exit code 74. */
  stopBytes: integer(0, PEBIBYTE).default(64 * MEBIBYTE),
}).refine(({ reserveBytes, stopBytes }) => stopBytes <= reserveBytes, {
  path: ['stopBytes'],
  error: 'at most disk.reserveBytes',
});

const log = object({
  level: z.enum(LOG_LEVELS, { error: `one of ${LOG_LEVELS.join(', ')}` }).default('info'),
});

export const configSchema = object({
  /** The network's genesis.json. */
  genesis: file,
  /** Where the node keeps everything; made if missing. */
  dataDirectory: file,
  /** Which validator this node is, ... */
  validator: validator.optional(),
  /** ... or that it is none: it follows, serves and relays, and signs no statements. */
  observer: observer.optional(),
  api,
  peers,
  limits: limits.prefault({}),
  disk: disk.prefault({}),
  /** Least mean time between own statements (PROTOCOL 4). */
  roundSpacingMs: integer(0, 60_000).default(50),
  /** How often frontiers are exchanged with peers (PROTOCOL 4). */
  antiEntropyMs: integer(50, 60_000).default(1_000),
  log: log.prefault({}),
})
  .refine(({ validator: one, observer: other }) => (one === undefined) !== (other === undefined), {
    path: ['validator'],
    error: 'either validator or observer',
  })
  .refine(({ validator: one, peers: { port: listens } }) => one === undefined || listens !== undefined, {
    path: ['peers', 'port'],
    error: 'an integer from 1 to 65535',
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

function list<Item extends z.ZodType>(item: Item, itemsMax: number, error: string) {
  return z
    .array(item, { error })
    .max(itemsMax, { error: `at most ${itemsMax} of them` })
    .default([]);
}

function observerName() {
  const error = '1 to 64 letters, digits, - and .';
  return z.string({ error }).regex(/^[A-Za-z0-9.-]{1,64}$/, { error });
}

function observerKey() {
  const error = "the observer's public key, 64 lower-case hex digits";
  return z.string({ error }).regex(/^[0-9a-f]{64}$/, { error });
}

function hostName() {
  const error = 'a host name or address in lower case, an IPv6 address in brackets, without port';
  return z.string({ error }).regex(/^(?:\[[0-9a-f:.]+\]|[a-z0-9.-]+)$/, { error });
}

function origin() {
  const error = 'scheme://host[:port] and nothing after it';
  return z.string({ error }).refine((value) => URL.canParse(value) && new URL(value).origin === value, { error });
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
