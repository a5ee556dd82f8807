/**
 * The numbers of `/metrics`. What the node counts itself is pulled from `LedgerNode.gauges()` at each scrape, so the
 * core pushes nothing. Own registry: two nodes in one process keep their numbers apart.
 */
import type { EventHub } from './event-hub.js';
import type { LedgerNode } from './ledger-node.js';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** From a cached answer to a page of old readings on a busy disk. */
const DURATION_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Time between two looks at the delay of the event loop, milliseconds. */
const EVENT_LOOP_SAMPLE_MS = 200;

export class ApiMetrics {
  readonly #node: LedgerNode;
  readonly #registry = new Registry();
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

  constructor(node: LedgerNode, hub: EventHub) {
    this.#node = node;
    // The default of 10 ms is a timer that would be most of what an idle node does.
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLE_MS });
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

  observeRequest(method: string, route: string, status: number, seconds: number): void {
    this.#durations.observe({ method, route, status: String(status) }, seconds);
  }

  countRefusal(code: string): void {
    this.#refusals.inc({ code });
  }

  /** The text exposition format of Prometheus. */
  async scrape(): Promise<string> {
    for (const [name, value] of Object.entries(this.#node.gauges())) this.#set(name, value);
    return this.#registry.metrics();
  }

  /** Lets go of what the process metrics hold on to. */
  clear(): void {
    this.#registry.clear();
  }

  #set(name: string, value: number): void {
    let metric = this.#pulled.get(name);
    if (metric === undefined) {
      const options = { name: metricName(name), help: `Of the node: ${name}`, registers: [this.#registry] };
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
