/**
 * What Prometheus is told of a node beyond plain numbers: histograms, and values with labels. Fed by what happens
 * (commits, submissions, writes) and, at a scrape, by looking at links, queues and disk. Own registry: two nodes in one
 * process keep their numbers apart. The plain numbers are `LedgerNode.gauges()`, named in api/metrics.ts.
 */
import type { TransactionId, UnixMs } from '@tangle/core/ids';
import type { Commit } from '@tangle/core/model';
import { OUTCOME_CODES } from '@tangle/core/model';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { certificateEnd } from './certificate-end.js';
import { DiskMeter } from './disk-meter.js';

/** From a node alone on a fast disk to a network that has just healed. */
const FINAL_BUCKETS_SECONDS = [0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10, 30, 60];
/** From a write into a cache that calls itself a disk to one that an operator has to look at. */
const WRITE_BUCKETS_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
/** Submissions whose time to final is measured at once; those beyond are not measured. */
export const MEASURED_SUBMISSIONS_MAX = 20_000;

/** Something bounded, and how full it is. */
export interface QueueLevel {
  /** A label value: lower case, underscores. */
  readonly queue: string;
  readonly unit: 'items' | 'bytes';
  readonly level: number;
  /** Where the node stops taking more. */
  readonly limit: number;
}

export interface PeerLevel {
  readonly name: string;
  readonly connected: boolean;
  readonly bufferedBytes: number;
}

/** What is looked at, at each scrape. */
export interface MetricSources {
  readonly name: string;
  readonly version: string;
  readonly network: string;
  readonly networkName: string;
  readonly dataDirectory: string;
  /** PEM files by what they are for: `api`, `peers`. */
  readonly certificateFiles: Readonly<Record<string, string>>;
  readonly queues: () => readonly QueueLevel[];
  readonly peers: () => readonly PeerLevel[];
  readonly isReady: () => boolean;
  readonly isCatchingUp: () => boolean;
  /** Time of the oldest commit whose transactions are still here; null where there is none. */
  readonly oldestKeptMs: () => Promise<UnixMs | null>;
}

export class NodeMetrics {
  readonly registry = new Registry();
  readonly #registers = [this.registry];
  readonly #transactions = new Counter({
    name: 'tangle_transactions_total',
    help: 'Transactions that became final while this process ran, by outcome: accepted, or why not',
    labelNames: ['outcome'] as const,
    registers: this.#registers,
  });
  readonly #submissions = new Counter({
    name: 'tangle_submissions_total',
    help: 'Transactions that clients submitted to this node, by result: accepted, or the code of the refusal',
    labelNames: ['result'] as const,
    registers: this.#registers,
  });
  readonly #finals = new Histogram({
    name: 'tangle_submit_to_final_seconds',
    help: 'From the submission of a transaction to this node until it is final and durable here',
    buckets: FINAL_BUCKETS_SECONDS,
    registers: this.#registers,
  });
  readonly #writes = new Histogram({
    name: 'tangle_store_write_duration_seconds',
    help: 'Durable writes of a turn: until the disk says that it has the batch',
    buckets: WRITE_BUCKETS_SECONDS,
    registers: this.#registers,
  });
  readonly #lastCommit = new Gauge({
    name: 'tangle_last_commit_timestamp_seconds',
    help: 'When this node made its newest commit; after a start, the commit time of the stored one or the genesis',
    registers: this.#registers,
  });
  readonly #lastCertified = new Gauge({
    name: 'tangle_last_certified_timestamp_seconds',
    help: 'When a larger size of the log was certified; after a start, the time of the stored one, 0 without one',
    registers: this.#registers,
  });
  /** Monotonic ms at which a submission that is not final yet came in. */
  readonly #underWay = new Map<TransactionId, number>();

  constructor(sources: MetricSources) {
    // A rate over a series that begins with its first event misses that event.
    for (const outcome of OUTCOME_CODES) this.#transactions.inc({ outcome }, 0);
    this.#submissions.inc({ result: 'accepted' }, 0);
    this.#watchNode(sources);
    this.#watchPeers(sources);
    this.#watchQueues(sources);
    this.#watchDisk(sources);
    this.#watchCertificates(sources);
  }

  /** A submission that passed all checks of its own; it is accepted or refused next. */
  submitted(id: TransactionId): void {
    if (this.#underWay.size < MEASURED_SUBMISSIONS_MAX) this.#underWay.set(id, performance.now());
  }

  /** @param id of what was not taken in after all, where it was known. */
  refused(code: string, id: TransactionId | null): void {
    if (id !== null) this.#underWay.delete(id);
    this.#submissions.inc({ result: code });
  }

  accepted(): void {
    this.#submissions.inc({ result: 'accepted' });
  }

  committed({ entries }: Commit): void {
    const nowMs = performance.now();
    for (const { id, outcome } of entries) {
      this.#transactions.inc({ outcome: outcome.status === 'accepted' ? 'accepted' : outcome.code });
      const sinceMs = this.#underWay.get(id);
      if (sinceMs === undefined) continue;
      this.#underWay.delete(id);
      this.#finals.observe((nowMs - sinceMs) / 1_000);
    }
    this.#lastCommit.set(Date.now() / 1_000);
  }

  /** What a store that was opened again ends with; of the newest certified head the time in seconds. */
  resumed(commitTimeMs: UnixMs, certifiedTime: bigint | null): void {
    this.#lastCommit.set(commitTimeMs / 1_000);
    if (certifiedTime !== null) this.#lastCertified.set(Number(certifiedTime));
  }

  certified(): void {
    this.#lastCertified.set(Date.now() / 1_000);
  }

  wrote(seconds: number): void {
    this.#writes.observe(seconds);
  }

  #watchNode({ name, version, network, networkName, isReady, isCatchingUp }: MetricSources): void {
    new Gauge({
      name: 'tangle_node_info',
      help: 'Always 1; what runs here stands in the labels',
      labelNames: ['name', 'version', 'network', 'network_name'] as const,
      registers: this.#registers,
    }).set({ name, version, network, network_name: networkName }, 1);
    this.#gauge('tangle_ready', 'Whether /readyz says yes', () => Number(isReady()));
    const lagging = 'Whether more than the faulty weight is far ahead, and clients are sent elsewhere';
    this.#gauge('tangle_catching_up', lagging, () => Number(isCatchingUp()));
    const clock = "The clock of this machine; against Prometheus' own it shows a wrong one";
    this.#gauge('tangle_time_seconds', clock, () => Date.now() / 1_000);
  }

  #watchPeers({ peers }: MetricSources): void {
    const labelNames = ['peer'] as const;
    new Gauge({
      name: 'tangle_peer_connected',
      help: 'Whether there is an authenticated link to another validator',
      labelNames,
      registers: this.#registers,
      collect() {
        for (const { name: peer, connected } of peers()) this.set({ peer }, Number(connected));
      },
    });
    new Gauge({
      name: 'tangle_peer_send_buffer_bytes',
      help: 'Bytes for another validator that its link has not taken yet',
      labelNames,
      registers: this.#registers,
      collect() {
        for (const { name: peer, bufferedBytes } of peers()) this.set({ peer }, bufferedBytes);
      },
    });
  }

  #watchQueues({ queues }: MetricSources): void {
    const watch = (name: string, help: string, unit: QueueLevel['unit'], field: 'level' | 'limit'): void => {
      new Gauge({
        name,
        help,
        labelNames: ['queue'] as const,
        registers: this.#registers,
        collect() {
          for (const queue of queues()) if (queue.unit === unit) this.set({ queue: queue.queue }, queue[field]);
        },
      });
    };
    watch('tangle_queue_items', 'What waits in a bounded queue', 'items', 'level');
    watch('tangle_queue_limit_items', 'Where that queue takes no more', 'items', 'limit');
    watch('tangle_queue_bytes', 'Bytes that wait in a bounded queue', 'bytes', 'level');
    watch('tangle_queue_limit_bytes', 'Where that queue takes no more', 'bytes', 'limit');
  }

  #watchDisk({ dataDirectory, oldestKeptMs }: MetricSources): void {
    const meter = new DiskMeter(dataDirectory);
    const free = "Free bytes on the data directory's file system, for this user";
    this.#gauge('tangle_disk_free_bytes', free, async () => (await meter.space()).freeBytes);
    const size = "Size of the data directory's file system";
    this.#gauge('tangle_disk_size_bytes', size, async () => (await meter.space()).sizeBytes);
    this.#gauge('tangle_store_bytes', 'Files of the data directory', () => meter.usedBytes());
    const oldest = 'Commit time of the oldest transactions whose bodies are here';
    this.#gauge('tangle_store_oldest_timestamp_seconds', oldest, async () => {
      const oldestMs = await oldestKeptMs();
      return oldestMs === null ? Number.NaN : oldestMs / 1_000;
    });
  }

  #watchCertificates({ certificateFiles }: MetricSources): void {
    new Gauge({
      name: 'tangle_certificate_expiry_timestamp_seconds',
      help: 'When the TLS certificate in the file for the API or for peers ends',
      labelNames: ['use'] as const,
      registers: this.#registers,
      async collect() {
        for (const [use, file] of Object.entries(certificateFiles)) {
          const endMs = await certificateEnd(file);
          if (Number.isNaN(endMs)) this.remove({ use });
          else this.set({ use }, endMs / 1_000);
        }
      },
    });
  }

  /** @param read gives NaN where there is nothing to tell: then there is no such sample. */
  #gauge(name: string, help: string, read: () => number | Promise<number>): void {
    new Gauge({
      name,
      help,
      registers: this.#registers,
      async collect() {
        const value = await read();
        if (Number.isNaN(value)) this.remove();
        else this.set(value);
      },
    });
  }
}
