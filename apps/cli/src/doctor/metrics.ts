/** What a node's metrics say of its disk and its log: how long there is room, since when it keeps, what has no proof. */
import { failureOf } from '../failure.js';
import { open } from '../http.js';
import { failed, ok, warning, type Check } from './check.js';

const REQUEST_TIMEOUT_MS = 5_000;
const DAY_SECONDS = 86_400;
/** A younger ledger says nothing of what a day brings. */
const JUDGED_AGE_SECONDS = 3_600;
const DAYS_LEFT_MIN = 14;
const FREE_SHARE_MIN = 0.1;
/** What was final has had its proof long before. */
const CERTIFIED_SECONDS_MAX = 60;
const MEBIBYTE = 1_024 ** 2;

/** Samples without labels, by name. */
type Metrics = ReadonlyMap<string, number>;

/** @param nodes that answer. */
export async function checkMetrics(nodes: readonly string[]): Promise<Check[]> {
  const checks = await Promise.all(nodes.map((node) => checkNode(node)));
  return checks.flat();
}

async function checkNode(node: string): Promise<Check[]> {
  try {
    const response = await open(node, '/metrics', AbortSignal.timeout(REQUEST_TIMEOUT_MS));
    const text = await response.text();
    if (!response.ok) {
      const advice = 'ask where reading is open, or look at its metrics in Prometheus';
      return [warning('metrics', node, `status ${response.status}`, advice)];
    }
    const metrics = samplesOf(text);
    return [checkRoom(node, metrics), checkGrowth(node, metrics), checkCertified(node, metrics)];
  } catch (error) {
    return [warning('metrics', node, failureOf(error).message, 'look whether the node still runs')];
  }
}

/** The text format of Prometheus, as far as it has no labels. */
export function samplesOf(text: string): Metrics {
  const samples = [...text.matchAll(/^([a-z_]+) (\S+)$/gm)];
  return new Map(samples.map(([, name = '', value]) => [name, Number(value)]));
}

function checkRoom(node: string, metrics: Metrics): Check {
  const free = metrics.get('tangle_disk_free_bytes');
  const size = metrics.get('tangle_disk_size_bytes');
  if (free === undefined || size === undefined) return unknown('room', node);
  const found = `${mebibytes(free)} of ${mebibytes(size)} free`;
  if (metrics.get('tangle_disk_reserved') === 1) {
    const advice = 'make room: clients are refused until more than disk.reserveBytes are free';
    return failed('room', node, `${found}: the node takes no transactions`, advice);
  }
  if (free / size >= FREE_SHARE_MIN) return ok('room', node, found);
  return warning('room', node, found, 'make room before the reserve is reached');
}

/** By the average since the oldest that is kept: where load has risen since, there are fewer days than that. */
function checkGrowth(node: string, metrics: Metrics): Check {
  const used = metrics.get('tangle_store_bytes');
  const free = metrics.get('tangle_disk_free_bytes');
  const now = metrics.get('tangle_time_seconds');
  if (used === undefined || free === undefined || now === undefined) return unknown('growth', node);
  const oldest = metrics.get('tangle_store_oldest_timestamp_seconds');
  if (oldest === undefined) return ok('growth', node, 'keeps no transactions yet');
  const since = `keeps all since ${new Date(oldest * 1_000).toISOString()}, in ${mebibytes(used)}`;
  const ageSeconds = now - oldest;
  if (ageSeconds < JUDGED_AGE_SECONDS) return ok('growth', node, `${since}: too young to say what a day brings`);
  const bytesPerDay = (used / ageSeconds) * DAY_SECONDS;
  const daysLeft = Math.floor(free / bytesPerDay);
  const found = `${since}: ${mebibytes(bytesPerDay)} a day, room for ${daysLeft} days at that rate`;
  if (daysLeft >= DAYS_LEFT_MIN) return ok('growth', node, found);
  return warning('growth', node, found, 'plan for a larger disk now');
}

function checkCertified(node: string, metrics: Metrics): Check {
  const lag = metrics.get('tangle_certification_lag_leaves');
  const since = metrics.get('tangle_last_certified_timestamp_seconds');
  const now = metrics.get('tangle_time_seconds');
  if (lag === undefined || since === undefined || now === undefined) return unknown('certified', node);
  if (lag === 0) return ok('certified', node, 'all that is final');
  const found = `${lag} leaves of the log are not`;
  if (since > 0 && now - since <= CERTIFIED_SECONDS_MAX) return ok('certified', node, `${found} yet`);
  const advice = 'see that a quorum runs: what is final stays so, and gets its proofs once enough validators cosign';
  return warning('certified', node, since > 0 ? `${found}, for ${Math.round(now - since)} s` : found, advice);
}

function unknown(check: string, node: string): Check {
  return warning(check, node, 'the node does not tell', 'see whether its data directory can be read; else update it');
}

function mebibytes(bytes: number): string {
  const count = bytes / MEBIBYTE;
  return count >= 10_240 ? `${(count / 1_024).toFixed(1)} GiB` : `${count.toFixed(count < 10 ? 1 : 0)} MiB`;
}
