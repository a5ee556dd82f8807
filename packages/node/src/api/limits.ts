/** Every bound of the HTTP API, with its reason. Tests shrink them; a node runs with `API_LIMITS`. */

export interface ApiLimits {
  /** Sockets at a time; further ones are closed at once. */
  readonly connectionsMax: number;
  /** Open `/v1/events` streams. */
  readonly subscriptionsMax: number;
  /** Events kept for one subscriber that does not read; beyond, it gets a `gap`. */
  readonly queuedEventsMax: number;
  /** Final events read from the store at a time while a subscriber catches up. */
  readonly replayPageEvents: number;
  /** `/v1/export` streams at a time: each one reads the whole store. */
  readonly exportsMax: number;
  /** Backups at a time: each reads the whole store too. */
  readonly backupsMax: number;
  /** Entry bundles being sent at a time: of the largest transactions each is 8 MB, 16 where the genesis allows more. */
  readonly bundlesMax: number;
  /** A comment on an idle event stream, so that proxies and clients see it is alive. */
  readonly heartbeatMs: number;
  /** From the first byte of a request to the end of its headers. */
  readonly headersTimeoutMs: number;
  /** From the first byte of a request to its last: a slow body ends here. */
  readonly requestTimeoutMs: number;
  /** How often the two are looked at; by default Node takes 30 s, which would add to each of them. */
  readonly timeoutCheckMs: number;
  /** Silence on a socket. Longer than a heartbeat, so it ends only readers that take nothing. */
  readonly connectionTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly headerBytesMax: number;
  /** How long `stop` waits for requests under way. */
  readonly stopGraceMs: number;
}

export const API_LIMITS: ApiLimits = {
  connectionsMax: 1_024,
  subscriptionsMax: 256,
  queuedEventsMax: 1_024,
  replayPageEvents: 256,
  exportsMax: 2,
  backupsMax: 1,
  bundlesMax: 16,
  heartbeatMs: 15_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  timeoutCheckMs: 1_000,
  connectionTimeoutMs: 60_000,
  keepAliveTimeoutMs: 20_000,
  headerBytesMax: 16_384,
  stopGraceMs: 5_000,
};

/** Items of one page at most, and where the request does not say. */
export const PAGE_ITEMS_MAX = 1_000;
export const PAGE_ITEMS_DEFAULT = 100;
/** Tips of one answer: two parents for each of 32 transactions. */
export const TIPS_MIN = 2;
export const TIPS_MAX = 64;
/** Transaction ids one event stream may watch: what fits a request line. */
export const WATCHED_IDS_MAX = 128;
/** Characters of a cursor; ours are far shorter. */
export const CURSOR_LENGTH_MAX = 512;
