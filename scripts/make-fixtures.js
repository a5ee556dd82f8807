// `node scripts/make-fixtures.js OUT SAMPLES.csv`: golden files by the real thing. Starts four validators, streams the
// bundled recording and anchors one batch of SAMPLES, then writes what an auditor keeps into the new folder OUT.
import { spawn, execFile } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ENTRY = fileURLToPath(new URL('../apps/cli/bin/tangle.js', import.meta.url));
const RECORDING = fileURLToPath(new URL('../apps/cli/data/hydraulic-rig.csv', import.meta.url));
const BASE_PORT = '17410';
const NODE = `http://127.0.0.1:${BASE_PORT}`;
/** The sample of the batch that is shown; nothing is special about it. */
const SAMPLE = '12345';

const [out, samples] = process.argv.slice(2);
if (out === undefined || samples === undefined) {
  console.error('usage: node scripts/make-fixtures.js OUT SAMPLES.csv');
  process.exit(2);
}

/** Runs `tangle` and returns its lines of JSON. @param {string[]} args @returns {Promise<unknown[]>} */
async function tangle(...args) {
  const { stdout } = await promisify(execFile)(process.execPath, [ENTRY, ...args, '--json'], { maxBuffer: 2 ** 28 });
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => /** @type {unknown} */ (JSON.parse(line)));
}

/** A field of an answer. @param {unknown} json @param {(string | number)[]} path @returns {unknown} */
function at(json, ...path) {
  let value = json;
  for (const name of path) value = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return value;
}

/** The payloads of a whole span are long, and all alike. @param {unknown} range @returns {unknown} */
function withoutPayloads(range) {
  const text = JSON.stringify(range, (key, value) => (key === 'payload' ? undefined : /** @type {unknown} */ (value)));
  return text === undefined ? undefined : /** @type {unknown} */ (JSON.parse(text));
}

mkdirSync(out);
const scratch = mkdtempSync(join(tmpdir(), 'tangle-fixtures-'));
const net = join(scratch, 'net');
const genesis = join(net, 'genesis.json');
await tangle('init', net, '--validators', '4', '--base-port', BASE_PORT, '--name', 'golden');
const cluster = spawn(process.execPath, [ENTRY, 'cluster', '--data', net, '--json'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  let ready = 0;
  for await (const _ of createInterface(cluster.stdout)) if (++ready === 4) break;

  const nodes = ['--node', NODE, '--genesis', genesis];
  const admin = ['--admin', join(net, 'admin.key'), ...nodes];
  const [rig, gearbox] = [join(scratch, 'rig.key'), join(scratch, 'gearbox.key')];
  for (const key of [rig, gearbox]) {
    await tangle('keygen', '--out', key);
    await tangle('device', 'register', key, ...admin);
  }
  const certified = ['--wait', 'certified', ...nodes];
  await tangle('submit', RECORDING, '--key', rig, '--batch', '10', '--rate', '40', ...certified);
  const blobs = join(scratch, 'blobs');
  const anchor = ['--anchor', '20000', '--blobs', blobs, '--sample-rate', '20000'];
  const [batch] = await tangle('submit', samples, '--key', gearbox, ...anchor, ...certified);

  const readings = await tangle('query', '--device', rig, '--limit', '100000', ...nodes);
  const [first, last] = [readings[2_000], readings[6_000]];
  const span = ['--from', String(at(first, 'commitTime')), '--to', String(at(last, 'commitTime'))];
  const proof = ['--out', join(out, 'reading.tlog-proof'), '--raw-entry', join(out, 'reading.entry')];
  await tangle('prove', String(at(first, 'transaction')), ...proof, ...nodes);
  const sample = ['--reading', SAMPLE, '--blobs', blobs, '--out', join(out, 'sample.tlog-proof')];
  await tangle('prove', String(at(batch, 'anchoredRows', 0, 'id')), ...sample, ...nodes);
  await tangle('prove', '--device', rig, ...span, '--out', join(out, 'span.tangle-range'), ...nodes);
  writeFileSync(join(out, 'checkpoint'), await (await fetch(`${NODE}/checkpoint`)).text());
  for (const name of ['genesis.json', 'tlog-policy']) copyFileSync(join(net, name), join(out, name));

  // What later versions must say of them too.
  /** @type {Record<string, unknown>} */
  const expected = {};
  for (const name of ['reading.tlog-proof', 'sample.tlog-proof', 'span.tangle-range']) {
    const [told] = await tangle('verify', join(out, name), '--genesis', genesis);
    expected[name] = { kind: at(told, 'kind'), proof: at(told, 'proof'), range: withoutPayloads(at(told, 'range')) };
  }
  writeFileSync(join(out, 'expected.json'), `${JSON.stringify(expected, null, 2)}\n`);
} finally {
  cluster.kill('SIGTERM');
  if (cluster.exitCode === null) await once(cluster, 'exit');
  rmSync(scratch, { recursive: true });
}
console.log(`golden files in ${out}`);
