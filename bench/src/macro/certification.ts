/**
 * What certification takes of the nodes' CPU time, read off sampled stacks of a cluster under load: of everything that
 * their main threads do, the part under the code that fills, cosigns and keeps the log. The threads of LevelDB, and the
 * sockets' share of a message of 200 bytes a commit, are not in it.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { Profiler } from 'node:inspector';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { benchLatency, type LatencyResult } from './latency.js';
import { PROFILE_DIRECTORY } from './profile-child.js';

export interface CertificationResult extends Omit<LatencyResult, 'benchmark'> {
  readonly benchmark: 'certification';
  /** Of all main-thread CPU time but the garbage collector's, 0 to 1, over the nodes. */
  readonly certificationShare: number;
  readonly nodesProfiled: number;
}

const CERTIFICATION =
  /\/replica\/certifier\.js$|\/store\/(?:stored-log|log-[a-z]+)\.js$|\/certified-log\.js$|\/log\/[a-z-]+\.js$/;
const REPLICA = /\/replica\/replica\.js$/;
/** No work of anybody's, or everybody's. */
const UNCOUNTED: ReadonlySet<string> = new Set(['(idle)', '(program)', '(garbage collector)']);

export async function benchCertification(seconds: number, rate: number): Promise<CertificationResult> {
  const directory = await mkdtemp(path.join(tmpdir(), 'tangle-profile-'));
  const child = pathToFileURL(path.join(import.meta.dirname, 'profile-child.js'));
  const before = process.env['NODE_OPTIONS'];
  process.env['NODE_OPTIONS'] = `${before ?? ''} --import=${child.href}`;
  process.env[PROFILE_DIRECTORY] = directory;
  try {
    const latency = await benchLatency(seconds, rate);
    const shares = await sharesOf(directory);
    const certified = shares.reduce((sum, share) => sum + share.certificationUs, 0);
    const total = shares.reduce((sum, share) => sum + share.totalUs, 0);
    return {
      ...latency,
      benchmark: 'certification',
      certificationShare: certified / total,
      nodesProfiled: shares.length,
    };
  } finally {
    process.env['NODE_OPTIONS'] = before ?? '';
    await rm(directory, { recursive: true, force: true });
  }
}

interface Share {
  readonly certificationUs: number;
  readonly totalUs: number;
}

/** One for each process that ran a replica: the cluster's parent writes a profile too. */
async function sharesOf(directory: string): Promise<Share[]> {
  const shares: Share[] = [];
  for (const name of await readdir(directory)) {
    const profile = JSON.parse(await readFile(path.join(directory, name), 'utf8')) as Profiler.Profile;
    if (profile.nodes.some(({ callFrame }) => REPLICA.test(callFrame.url))) shares.push(shareOf(profile));
  }
  return shares;
}

function shareOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Share {
  // A frame counts where it, or a caller of it, is certification. Parents stand before their children.
  const isCertification = new Set<number>();
  const uncounted = new Set<number>();
  for (const { id, callFrame, children = [] } of nodes) {
    if (CERTIFICATION.test(callFrame.url)) isCertification.add(id);
    if (isCertification.has(id)) for (const child of children) isCertification.add(child);
    if (UNCOUNTED.has(callFrame.functionName)) uncounted.add(id);
  }
  let certificationUs = 0;
  let totalUs = 0;
  for (const [index, sample] of samples.entries()) {
    const deltaUs = timeDeltas[index] ?? 0;
    if (uncounted.has(sample)) continue;
    totalUs += deltaUs;
    if (isCertification.has(sample)) certificationUs += deltaUs;
  }
  return { certificationUs, totalUs };
}
