/** The alert rules and the dashboard in a real Prometheus that scrapes a real cluster, calm and then with a node killed. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csv } from '../support/command-cluster.js';
import {
  cleanUp,
  freePorts,
  startCluster,
  tangleJson,
  temporaryDirectory,
  tangle,
  until,
  type TestCluster,
} from '../support/tangle.js';
import { DEPLOY, promtool, startPrometheus, type RunningPrometheus } from './prometheus.js';

/** What a slow or full machine raises, whatever the cluster does. */
const OF_THE_MACHINE = /^Tangle(?:Disk|Store|FinalSlow|EventLoop|Memory|Clock)/;
const ALERTS = path.join(DEPLOY, 'prometheus', 'alerts.yml');

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly { readonly expr: string }[];
}

describe('the alert rules', () => {
  it('are right to promtool, and so is the configuration', () => {
    expect(promtool('check', 'rules', ALERTS)).toMatchObject({ status: 0 });
    expect(promtool('check', 'config', path.join(DEPLOY, 'prometheus', 'prometheus.yml'))).toMatchObject({ status: 0 });
  });

  it('fire one by one on what they are for, and not on a healthy node', async () => {
    const file = path.join(DEPLOY, 'prometheus', 'alerts.test.yml');
    expect(promtool('test', 'rules', file)).toMatchObject({ status: 0 });
    const tests = await readFile(file, 'utf8');
    const names = [...(await readFile(ALERTS, 'utf8')).matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
    expect(names.filter((name) => !tests.includes(`alertname="${name}"`))).toEqual([]);
  });
});

describe('a Prometheus that scrapes a cluster under load', () => {
  let cluster: TestCluster;
  let prometheus: RunningPrometheus;

  beforeAll(async () => {
    const directory = await temporaryDirectory();
    cluster = await startCluster(path.join(directory, 'net'), 4, await freePorts(8));
    prometheus = await startPrometheus(cluster.nodes);
    const key = path.join(directory, 'rig.key');
    await tangleJson('keygen', '--out', key);
    const node = ['--node', cluster.nodes.join(',')];
    await tangleJson('device', 'register', key, '--admin', cluster.adminKey, ...node);
    await tangle(['submit', '-', '--key', key, '--batch', '1', '--wait', 'certified', ...node], { input: csv(200) });
    // A refusal, so that its counter is there.
    await fetch(`${cluster.nodes[0]}/v1/transactions/none`);
    await until(
      async () =>
        (await prometheus.query('count(count_over_time(tangle_store_write_duration_seconds_count[1m]) >= 5) == 4'))
          .length > 0,
      () => 'no five scrapes of each node',
    );
  });

  afterAll(async () => {
    await prometheus?.stop();
    await cluster?.stop();
    await cleanUp();
  });

  it('finds every metric that rules, dashboard and handbook name', async () => {
    const files = ['deploy/prometheus/alerts.yml', 'deploy/grafana/tangle-ledger.json', 'docs/OPERATIONS.md'];
    // There are certificates only where there is TLS.
    const told = await (await fetch(`${cluster.nodes[0]}/metrics`)).text();
    expect(told).toContain('# TYPE tangle_certificate_expiry_timestamp_seconds gauge');
    const names = new Set([...(await prometheus.names()), 'tangle_certificate_expiry_timestamp_seconds']);
    for (const file of files) {
      const text = await readFile(path.join(DEPLOY, '..', file), 'utf8');
      const named = new Set(
        text.match(/\b(?:tangle|process|nodejs)_[a-z0-9_]+\b/g)?.filter((name) => !name.endsWith('_')),
      );
      expect(named.size, `names in ${file}`).toBeGreaterThan(5);
      expect(
        [...named].filter((name) => !names.has(name)),
        `of ${file}`,
      ).toEqual([]);
    }
  });

  it('tells what the cluster did', async () => {
    // The newest scrape may be older than the last commit.
    const told =
      'count(tangle_transactions_total{outcome="accepted"} == 201 and on (instance) tangle_certified_size == on (instance) tangle_log_size) == 4';
    await until(
      async () => (await prometheus.query(told)).length > 0,
      () => 'not every node counts all transactions',
    );
    const submitted = await prometheus.query('sum(tangle_submissions_total{result="accepted"})');
    const measured = await prometheus.query('sum(tangle_submit_to_final_seconds_count)');
    expect(Number(measured[0]?.value[1])).toBe(201);
    expect(Number(submitted[0]?.value[1])).toBeGreaterThanOrEqual(201);
    expect(await prometheus.query('tangle_peer_connected == 1')).toHaveLength(12);
    const [lag] = await prometheus.query('max(tangle_certification_lag_leaves)');
    expect(lag?.value[1]).toBe('0');
  });

  it('answers every panel of the dashboard', async () => {
    const text = await readFile(path.join(DEPLOY, 'grafana', 'tangle-ledger.json'), 'utf8');
    const { panels } = JSON.parse(text) as { readonly panels: readonly Panel[] };
    const expressions = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));
    expect(expressions.length).toBeGreaterThan(30);
    const empty: string[] = [];
    for (const { title, expr } of expressions) {
      const asked = expr.replaceAll('$instance', '.*').replaceAll('$__rate_interval', '1m');
      if ((await prometheus.query(asked)).length === 0) empty.push(`${title}: ${expr}`);
    }
    expect(empty).toEqual([]);
  });

  it('evaluates every rule, and none fires', async () => {
    await until(
      async () => (await prometheus.rules()).every(({ health }) => health !== 'unknown'),
      () => 'not all rules were evaluated',
    );
    const rules = await prometheus.rules();
    expect(rules.length).toBeGreaterThan(20);
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
    const raised = rules.filter(({ name, alerts }) => alerts.length > 0 && !OF_THE_MACHINE.test(name));
    expect(raised.map(({ name, alerts }) => ({ name, alerts }))).toEqual([]);
  });

  it('sees a node that was killed, from outside and from its peers', async () => {
    process.kill(cluster.pids[3] ?? -1, 'SIGKILL');
    const raised = async (): Promise<string[]> =>
      (await prometheus.rules())
        .filter(({ name, alerts }) => alerts.length > 0 && !OF_THE_MACHINE.test(name))
        .map(({ name }) => name);
    await until(
      async () => {
        const names = await raised();
        return names.includes('TangleNodeDown') && names.includes('TanglePeerDown');
      },
      () => 'no alert is pending',
    );
    const down = (await prometheus.rules()).find(({ name }) => name === 'TanglePeerDown');
    expect(new Set(down?.alerts.map(({ labels }) => labels['peer']))).toEqual(new Set(['node-3']));
    // A quorum of three goes on: nothing else is raised.
    expect((await raised()).sort()).toEqual(['TangleNodeDown', 'TanglePeerDown']);
  });
});
