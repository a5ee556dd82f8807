/**
 * The numbers of `/metrics`. What the node counts itself is pulled from `LedgerNode.gauges()` at each scrape, so the
 * core pushes nothing; histograms and what has labels come from observe/node-metrics.ts. Own registry: two nodes in
 * one process keep their numbers apart.
 */
import type { EventHub } from './event-hub.js';
import type { LedgerNode } from './ledger-node.js';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** From a cached answer to a page of old readings on a busy disk. */
const DURATION_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What the node's numbers mean, by the name that `LedgerNode.gauges()` gives them. */
const MEANINGS: Readonly<Record<string, string>> = {
  openTransactions: 'Accepted transactions that are not final yet',
  openStatements: 'Statements in memory: those that are not finished, or whose round may still matter',
  pendingVertices: 'Vertices that wait for something they cite',
  pendingBytes: 'Their signed bytes',
  wantedIds: 'Ids of vertices that are missing here and asked for',
  roundDelayMs: 'What the pacemaker takes for the one-way delay between validators',
  ownRound: 'Newest round this validator has signed, or given up',
  openRound: 'Highest round that is open for statements',
  highestRound: 'Highest round with an accepted statement',
  ratedDevices: 'Devices whose rate is watched at the moment',
  admittedOpenTransactions: 'Accepted transactions of clients of this node that are not final yet',
  diskReserved: 'Whether so little disk is left that clients are refused',
  certifiedSize: 'Leaves of the log that are certified and served: all below have proofs',
  waitingCosignatures: 'Cosignatures that wait for the next turn',
  heldSizes: 'Sizes of the log above the certified one, of which cosignatures are held',
  computedHeads: 'Own heads of the log above the certified size',
  linkBufferedBytes: 'Bytes for all other validators that their links have not taken yet',
  commitsTotal: 'Commits made while this process ran',
  equivocationsTotal: 'Proofs seen that a validator signed two contents for one round or size: a faulty validator',
  misbehavioursTotal: 'Messages of validators that no honest one sends',
  commitIndex: 'Index of the newest commit',
  logSize: 'Leaves of the log',
  certificationLagLeaves: 'Leaves of the log that are not certified yet',
  connectedPeers: 'Other validators with an authenticated link',
  connectedObservers: 'Observers with an authenticated link',
  divergedPeers: 'Validators that told another order than this node has: never with an honest quorum',
  doubtful: 'Whether the own past is in doubt: the node follows and serves, and signs nothing',
  halted: 'Whether the rule found more than the tolerated weight faulty: nothing is decided any more',
};

const LOOP_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
/** Between two looks at how late a timer comes. */
const LOOP_SAMPLE_MS = 100;
/**
 * What prom-client tells of the event loop: its quantiles include the time between two samples, so that an idle loop
 * looks blocked for just that long. Sampled rarely, and left out.
 */
const LOOP_MONITOR_MS = 60_000;
const MISLEADING_NAMES = ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'].map(
  (part) => `nodejs_eventloop_lag_${part}_seconds`,
);

export class ApiMetrics {
  readonly #node: LedgerNode;
  readonly #registry = new Registry();
  readonly #observed: Registry;
  readonly #loopTimer: NodeJS.Timeout;
  readonly #durations = new Histogram({
    name: 'tangle_http_request_duration_seconds',
    help: 'From the head of a request to the end of its answer; event streams and exports are not measured',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: DURATION_BUCKETS_SECONDS,
    registers: [this.#registry],
  });
  readonly #refusals = new Counter({
    name: 'tangle_api_refusals_total',
    help: 'Requests answered with a problem, by its code',
    labelNames: ['code'] as const,
    registers: [this.#registry],
  });
  /** One for each name that the node has given. */
  readonly #pulled = new Map<string, Gauge | Counter>();

  /** @param observed served too. */
  constructor(node: LedgerNode, hub: EventHub, observed = new Registry()) {
    this.#node = node;
    this.#observed = observed;
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: LOOP_MONITOR_MS });
    for (const name of MISLEADING_NAMES) this.#registry.removeSingleMetric(name);
    this.#loopTimer = this.#watchLoop();
    new Gauge({
      name: 'tangle_api_event_streams',
      help: 'Open event streams',
      registers: [this.#registry],
      collect() {
        this.set(hub.size);
      },
    });
    new Counter({
      name: 'tangle_api_event_gaps_total',
      help: 'Times a slow reader of an event stream lost its queue',
      registers: [this.#registry],
      collect() {
        setCounter(this, hub.gaps);
      },
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Counts the connections of a server. */
  watchConnections(connections: { readonly size: number; readonly shed: number }): void {
    new Gauge({
      name: 'tangle_api_connections',
      help: 'Open connections',
      registers: [this.#registry],
      collect() {
        this.set(connections.size);
      },
    });
    new Counter({
      name: 'tangle_api_connections_shed_total',
      help: 'Silent connections that were let go to make room for others',
      registers: [this.#registry],
      collect() {
        setCounter(this, connections.shed);
      },
    });
  }

  observeRequest(method: string, route: string, status: number, seconds: number): void {
    this.#durations.observe({ method, route, status: String(status) }, seconds);
  }

  countRefusal(code: string): void {
    this.#refusals.inc({ code });
  }

  /** The text exposition format of Prometheus. */
  async scrape(): Promise<string> {
    for (const [name, value] of Object.entries(this.#node.gauges())) this.#set(name, value);
    // Merged anew: the node may have given a number for the first time.
    return Registry.merge([this.#registry, this.#observed]).metrics();
  }

  /** Lets go of what the process metrics hold on to. */
  clear(): void {
    clearInterval(this.#loopTimer);
    this.#registry.clear();
    this.#observed.clear();
  }

  #watchLoop(): NodeJS.Timeout {
    const delays = new Histogram({
      name: 'tangle_event_loop_delay_seconds',
      help: 'How much later than asked a timer came, looked at ten times a second: everything else waited as long',
      buckets: LOOP_BUCKETS_SECONDS,
      registers: [this.#registry],
    });
    let expectedMs = performance.now() + LOOP_SAMPLE_MS;
    const sample = (): void => {
      const nowMs = performance.now();
      delays.observe(Math.max(0, nowMs - expectedMs) / 1_000);
      expectedMs = nowMs + LOOP_SAMPLE_MS;
    };
    return setInterval(sample, LOOP_SAMPLE_MS).unref();
  }

  #set(name: string, value: number): void {
    let metric = this.#pulled.get(name);
    if (metric === undefined) {
      const options = {
        name: metricName(name),
        help: MEANINGS[name] ?? `Of the node: ${name}`,
        registers: [this.#registry],
      };
      metric = name.endsWith('Total') ? new Counter(options) : new Gauge(options);
      this.#pulled.set(name, metric);
    }
    const inBaseUnit = name.endsWith('Ms') ? value / 1_000 : value;
    if (metric instanceof Gauge) metric.set(inBaseUnit);
    else setCounter(metric, inBaseUnit);
  }
}

/** `outboxBytes` is `tangle_outbox_bytes`, `roundDelayMs` is `tangle_round_delay_seconds`. */
function metricName(name: string): string {
  const inBaseUnit = name.replace(/Ms$/, 'Seconds');
  return `tangle_${inBaseUnit.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
}

/** A counter that is counted elsewhere. */
function setCounter(counter: Counter, value: number): void {
  counter.reset();
  counter.inc(value);
}
