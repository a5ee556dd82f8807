/** What running nodes say of themselves and of each other: reachable, ready, one network, linked, in step, in time. */
import { setTimeout as delay } from 'node:timers/promises';
import { failureOf } from '../failure.js';
import { fieldOf, getJson } from '../http.js';
import { failed, ok, warning, type Check } from './check.js';
import { checkMetrics } from './metrics.js';

/** One look at a node that answers. */
interface Sample {
  readonly node: string;
  readonly name: string;
  readonly role: string;
  readonly genesisHash: string;
  readonly commit: number;
  readonly digest: string;
  readonly pending: number;
  readonly disconnected: readonly string[];
  /** The node's clock minus ours lies between these, in ms: it is told to the second. */
  readonly offsetMs: { readonly least: number; readonly most: number } | null;
}

const SAMPLES_MAX = 8;
const SAMPLE_INTERVAL_MS = 500;
const CLOCK_DIFFERENCE_MS_MAX = 2_000;

/** @param genesisHash the network they should be of, where that is known. */
export async function checkNodes(nodes: readonly string[], genesisHash: string | null): Promise<Check[]> {
  const checks: Check[] = [];
  const samples: Sample[] = [];
  for (const node of nodes) {
    try {
      const sample = await take(node);
      samples.push(sample);
      checks.push(
        ok('reachable', node, `${sample.role} ${sample.name}, commit ${sample.commit}`),
        await checkReady(node),
      );
      checks.push(checkPeers(sample));
    } catch (error) {
      checks.push(
        failed(
          'reachable',
          node,
          failureOf(error).message,
          'start it (tangle cluster, tangle node) or correct the address',
        ),
      );
    }
  }
  if (samples.length === 0) return checks;
  checks.push(checkNetwork(samples, genesisHash), checkClocks(samples), ...(await checkCommits(samples)));
  checks.push(...(await checkMetrics(samples.map(({ node }) => node))));
  return checks;
}

async function take(node: string): Promise<Sample> {
  const beforeMs = Date.now();
  const { json, dateMs } = await getJson(node, '/v1/info');
  const afterMs = Date.now();
  const genesisHash = fieldOf(json, 'genesisHash');
  if (typeof genesisHash !== 'string') throw new Error('something answers there that is no node');
  const peers: unknown = fieldOf(json, 'peers');
  const disconnected = (Array.isArray(peers) ? (peers as unknown[]) : [])
    .filter((peer) => fieldOf(peer, 'connected') !== true)
    .map((peer) => String(fieldOf(peer, 'name')));
  return {
    node,
    name: String(fieldOf(json, 'name')),
    role: fieldOf(json, 'role') === 'observer' ? 'observer' : 'validator',
    genesisHash,
    commit: Number(fieldOf(json, 'commit', 'index')),
    digest: String(fieldOf(json, 'commit', 'digest')),
    pending: Number(fieldOf(json, 'pending')),
    disconnected,
    offsetMs: dateMs === null ? null : { least: dateMs - afterMs, most: dateMs + 1_000 - beforeMs },
  };
}

async function checkReady(node: string): Promise<Check> {
  const { status, json } = await getJson(node, '/readyz');
  if (status === 200) return ok('ready', node, 'ready');
  const detail = fieldOf(json, 'detail');
  const found = typeof detail === 'string' ? detail : `status ${status}`;
  return failed('ready', node, found, 'start the missing validators; a quorum must reach each other');
}

function checkPeers({ node, disconnected }: Sample): Check {
  if (disconnected.length === 0) return ok('peers', node, 'all connected');
  const advice = 'see whether they run, and peers.addresses in config.json';
  return warning('peers', node, `not connected: ${disconnected.join(', ')}`, advice);
}

function checkNetwork(samples: readonly Sample[], genesisHash: string | null): Check {
  const wanted = genesisHash ?? samples[0]?.genesisHash;
  const others = samples.filter((sample) => sample.genesisHash !== wanted);
  if (others.length === 0) return ok('network', 'all nodes', `genesis ${wanted}`);
  const found = others.map(({ node, genesisHash: hash }) => `${node} is of ${hash.slice(0, 16)}`).join(', ');
  return failed(
    'network',
    'all nodes',
    `${found}, not of ${wanted?.slice(0, 16)}`,
    'correct the addresses: these are other networks',
  );
}

function checkClocks(samples: readonly Sample[]): Check {
  const offsets = samples.flatMap(({ offsetMs }) => (offsetMs === null ? [] : [offsetMs]));
  const leastDifferenceMs =
    Math.max(...offsets.map(({ least }) => least)) - Math.min(...offsets.map(({ most }) => most));
  if (offsets.length < samples.length) {
    return warning('clocks', 'all nodes', 'a node does not tell its time', 'update it');
  }
  if (leastDifferenceMs <= CLOCK_DIFFERENCE_MS_MAX) {
    return ok('clocks', 'all nodes', `within ${CLOCK_DIFFERENCE_MS_MAX / 1_000} s`);
  }
  const found = `differ by at least ${(leastDifferenceMs / 1_000).toFixed(1)} s`;
  return failed('clocks', 'all nodes', found, 'set the clocks (NTP): commit times are the median of them');
}

/** Equal where all are idle, moving where something is pending. */
async function checkCommits(first: readonly Sample[]): Promise<Check[]> {
  let samples = first;
  for (let count = 1; ; count++) {
    const diverged = divergence(samples);
    if (diverged !== null) return [diverged];
    const isIdle = samples.every(({ pending }) => pending === 0);
    const isEqual = new Set(samples.map(({ commit }) => commit)).size === 1;
    if (isIdle && isEqual) return [ok('commits', 'all nodes', `equal at ${samples[0]?.commit}, nothing pending`)];
    const stuck = samples.filter(
      ({ node, commit }) => commit <= (first.find((sample) => sample.node === node)?.commit ?? -1),
    );
    if (count > 1 && stuck.length === 0) {
      return [ok('commits', 'all nodes', `moving, at ${samples.map(({ commit }) => commit).join(', ')}`)];
    }
    if (count === SAMPLES_MAX) return stuck.map((sample) => stall(sample));
    await delay(SAMPLE_INTERVAL_MS);
    samples = await Promise.all(samples.map((sample) => take(sample.node).catch(() => sample)));
  }
}

function stall({ node, commit, pending }: Sample): Check {
  const seconds = ((SAMPLES_MAX - 1) * SAMPLE_INTERVAL_MS) / 1_000;
  const found = `commit ${commit} for ${seconds} s, ${pending} transactions pending`;
  return failed('commits', node, found, 'see whether a quorum is ready and connected; then the log of this node');
}

/** Two digests for one commit index. */
function divergence(samples: readonly Sample[]): Check | null {
  const byIndex = new Map<number, Sample>();
  for (const sample of samples) {
    const other = byIndex.get(sample.commit);
    if (other !== undefined && other.digest !== sample.digest) {
      const found = `commit ${sample.commit} is ${sample.digest.slice(0, 16)} here and ${other.digest.slice(0, 16)} at ${other.node}`;
      const advice = 'the nodes disagree: stop submitting, export both (tangle export) and keep their data directories';
      return failed('commits', sample.node, found, advice);
    }
    byIndex.set(sample.commit, sample);
  }
  return null;
}
