/** Certificates and tokens of a node that run out. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { NodeConfig } from '@tangle/node/config';
import { failureOf } from '../failure.js';
import { failed, ok, warning, type Check } from './check.js';

const DAY_MS = 86_400_000;
const DAYS_LEFT_MIN = 30;

export async function checkExpiry({ api, peers }: NodeConfig): Promise<Check[]> {
  const files = new Set([api.tls?.certificateFile, peers.tls?.certificateFile].filter((file) => file !== undefined));
  const checks = await Promise.all([...files].map((file) => checkCertificate(file)));
  if (api.tokensFile !== undefined) checks.push(...(await checkTokens(api.tokensFile)));
  return checks;
}

async function checkCertificate(file: string): Promise<Check> {
  try {
    const { validFrom, validTo } = new X509Certificate(await readFile(file));
    if (Date.parse(validFrom) > Date.now()) {
      return failed('certificate', file, `valid from ${timeOf(validFrom)} on`, 'set the clock, or use another one');
    }
    return judge('certificate', file, Date.parse(validTo), 'put a new one in its place and restart the node');
  } catch (error) {
    return failed('certificate', file, failureOf(error).message, 'restore it: the node does not start without');
  }
}

async function checkTokens(file: string): Promise<Check[]> {
  const { readTokenFile } = await import('@tangle/node/access');
  try {
    const { tokens } = await readTokenFile(file);
    const expiring = tokens.filter(({ expiresAt }) => expiresAt !== null);
    const checks = expiring.map(({ name, expiresAt }) =>
      judge('tokens', `${file}: ${name}`, Date.parse(expiresAt ?? ''), 'make a new one (tangle token) and hand it out'),
    );
    return checks.length > 0 ? checks : [ok('tokens', file, `${tokens.length}, none of which expires`)];
  } catch (error) {
    return [failed('tokens', file, failureOf(error).message, 'restore it: nobody can use the node without')];
  }
}

function judge(check: string, subject: string, expiresMs: number, advice: string): Check {
  const days = Math.floor((expiresMs - Date.now()) / DAY_MS);
  const found = `until ${new Date(expiresMs).toISOString()}`;
  if (days < 0) return failed(check, subject, `expired, was valid ${found}`, advice);
  if (days < DAYS_LEFT_MIN) return warning(check, subject, `${found}: ${days} days`, advice);
  return ok(check, subject, `${found}: ${days} days`);
}

function timeOf(text: string): string {
  return new Date(text).toISOString();
}
