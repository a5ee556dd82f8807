/** What a real node tells Prometheus: names by its conventions, help for each, and what happened in the right numbers. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { TransactionId } from '@tangle/core/ids';
import type { Commit } from '@tangle/core/model';
import { bytesBelow, NodeMetrics } from '../../src/observe/index.js';
import { createNetwork, statusIs, Writer } from '../log/started-node.js';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const undo: (() => Promise<void>)[] = [];
let text = '';
let refusal = '';

beforeAll(async () => {
  const network = await createNetwork((step) => undo.unshift(step));
  const started = await network.start();
  const writer = await Writer.registered(network, started);
  const ids = await writer.writeMany(started, 20);
  for (const id of ids) await statusIs(started, id, 'certified');
  refusal = await new Writer(network).write(started).catch(String);
  text = await (await fetch(`${started.apiUrl}/metrics`)).text();
});
afterAll(async () => {
  for (const step of undo) await step();
});

const valueOf = (series: string): number =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.split(' ')[1],
  );

describe('the metrics of a node', () => {
  it('have names by the conventions, each with a type and a help of its own', () => {
    const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type]) => [name, type]));
    const ours = [...types.keys()].filter((name) => name.startsWith('tangle_'));
    expect(ours.length).toBeGreaterThan(40);
    for (const name of ours) {
      expect(name, 'base units, no camel case').toMatch(/^tangle_[a-z]+(?:_[a-z]+)*$/);
      expect(name, 'units in base form').not.toMatch(/_(?:ms|milliseconds|kb|mb|percent)(?:_|$)/);
      expect(name.endsWith('_total'), `${name} ${types.get(name)}`).toBe(types.get(name) === 'counter');
    }
    const helps = [...text.matchAll(/^# HELP (tangle_\S+) (.*)$/gm)];
    expect(
      helps.filter(([, , help = '']) => help === '' || help.startsWith('Of the node:')).map(([, name]) => name),
    ).toEqual([]);
    expect(new Set(helps.map(([, , help]) => help)).size).toBeGreaterThan(40);
  });

  it('hold what rules and dashboard name', () => {
    const told = new Set(
      [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
        type === 'histogram' ? ['bucket', 'sum', 'count'].map((part) => `${name}_${part}`) : [name],
      ),
    );
    for (const file of ['deploy/prometheus/alerts.yml', 'deploy/grafana/tangle-ledger.json']) {
      const named =
        readFileSync(path.join(ROOT, file), 'utf8').match(/\b(?:tangle|process|nodejs)_[a-z_]+[a-z]\b/g) ?? [];
      expect(named.length, `names in ${file}`).toBeGreaterThan(20);
      expect(
        [...new Set(named)].filter((name) => !told.has(name)),
        `of ${file}`,
      ).toEqual([]);
    }
  });

  it('count what happened', () => {
    expect(refusal).toContain('unknown-device');
    expect(valueOf('tangle_transactions_total{outcome="accepted"}')).toBe(21);
    expect(valueOf('tangle_submissions_total{result="accepted"}')).toBe(21);
    expect(valueOf('tangle_submissions_total{result="unknown-device"}')).toBe(1);
    expect(valueOf('tangle_submit_to_final_seconds_count')).toBe(21);
    expect(valueOf('tangle_store_write_duration_seconds_count')).toBeGreaterThan(0);
    expect(valueOf('tangle_certification_lag_leaves')).toBe(0);
    expect(valueOf('tangle_ready')).toBe(1);
    expect(valueOf('tangle_queue_limit_items{queue="open_transactions"}')).toBe(20_000);
    expect(valueOf('tangle_store_bytes')).toBeGreaterThan(10_000);
    expect(valueOf('tangle_disk_free_bytes')).toBeGreaterThan(0);
    const nowSeconds = Date.now() / 1_000;
    for (const name of ['last_commit', 'last_certified', 'store_oldest']) {
      const seconds = valueOf(`tangle_${name}_timestamp_seconds`);
      expect(Math.abs(nowSeconds - seconds), `since ${name}`).toBeLessThan(120);
    }
  });

  it('leave out the quantiles of prom-client, by which an idle loop looks blocked', () => {
    expect(text).not.toMatch(/nodejs_eventloop_lag_p99/);
    expect(text).toMatch(/^tangle_event_loop_delay_seconds_bucket\{le="0.005"\} \d+$/m);
  });
});

function metricsOf(dataDirectory: string, certificateFiles: Readonly<Record<string, string>> = {}): NodeMetrics {
  return new NodeMetrics({
    name: 'node-0',
    version: '1',
    network: 'n',
    networkName: 'n',
    dataDirectory,
    certificateFiles,
    queues: () => [],
    peers: () => [],
    isReady: () => true,
    isCatchingUp: () => false,
    oldestKeptMs: async () => null,
  });
}

const commitOf = (...ids: readonly string[]): Commit =>
  ({ entries: ids.map((id) => ({ id, outcome: { status: 'accepted' } })) }) as unknown as Commit;

describe('metrics', () => {
  it('measure each submission once, and not what was refused after all', async () => {
    const metrics = metricsOf('/');
    const [one, two] = ['1', '2'] as unknown as readonly [TransactionId, TransactionId];
    metrics.submitted(one);
    metrics.submitted(two);
    metrics.refused('overloaded', two);
    metrics.committed(commitOf('1', '2', '3'));
    metrics.committed(commitOf('1'));
    expect(await metrics.registry.getSingleMetricAsString('tangle_submit_to_final_seconds')).toContain('_count 1');
    expect(await metrics.registry.getSingleMetricAsString('tangle_transactions_total')).toContain(
      '{outcome="accepted"} 4',
    );
  });

  it('leave out what cannot be told, and tell the rest', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'tangle-metrics-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const certificate = path.join(directory, 'node.crt');
    await writeFile(certificate, 'no certificate');
    const said = await metricsOf(path.join(directory, 'gone'), { api: certificate }).registry.metrics();
    expect(said).not.toMatch(/^tangle_(?:disk|store_bytes|store_oldest|certificate)\S* /m);
    expect(said).toMatch(/^tangle_ready 1$/m);
    expect(said).not.toMatch(/nan/i);
  });

  it('add up the files below a directory', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'tangle-metrics-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    await writeFile(path.join(directory, 'a'), 'x'.repeat(1_000));
    await writeFile(path.join(directory, 'b'), 'x'.repeat(24));
    await chmod(path.join(directory, 'b'), 0o000);
    expect(await bytesBelow(directory)).toBe(1_024);
    expect(await bytesBelow(path.join(directory, 'none'))).toBeNaN();
    await vi.waitFor(async () =>
      expect(await metricsOf(directory).registry.metrics()).toContain('tangle_store_bytes 1024'),
    );
  });
});
