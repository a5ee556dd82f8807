/** The demo from its first line to its last; each act is a module of its own. */
import type { Output } from '../output.js';
import { mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { genesisToJson } from '@tangle/core/model';
import { sodiumCrypto, sodiumSigner } from '@tangle/node';
import { generateKey, Reader } from '@tangle/sdk';
import { Administrator, Device, readKeyFile, writeKeyFile } from '@tangle/sdk/node';
import { Cluster, describeEvent } from '../cluster/cluster.js';
import { findOrMakeNetwork, type ClusterLayout, type ClusterNode } from '../cluster/layout.js';
import { exists } from '../data-directory.js';
import { CliError, EXIT } from '../failure.js';
import { checkAgreement, checkRows } from './checking.js';
import { MemoryMeter } from './memory-meter.js';
import { describeProving, prove } from './proving.js';
import { INSTRUMENTS, readRecording } from './recording.js';
import { ROWS_PER_SECOND, stream, type Station } from './streaming.js';
import { tamper } from './tampering.js';

export interface DemoRun {
  readonly directory: string;
  /** The directory was made for this run and goes with it. */
  readonly temporary: boolean;
  readonly rows: number;
  readonly basePort?: number;
  /** Monotonic ms at which the command began. */
  readonly startedMs: number;
  readonly output: Output;
  readonly stop: Promise<unknown>;
  /** End when everything is checked. */
  readonly exit: boolean;
}

const VALIDATORS = 4;
const BASE_PORT_DEFAULT = 7_410;
const BASE_PORTS_TRIED = 50;
const MEMORY_SAMPLE_MS = 500;
const REGISTERED_DEADLINE_MS = 10_000;
const POLL_MS = 20;

/** Runs it, and leaves nothing behind: no process, and no directory that it made itself. */
export async function runDemo(run: DemoRun): Promise<void> {
  const { output, directory } = run;
  const layout = await findOrMakeNetwork(await networkOf(run));
  output.note(`Four validators, each a process of its own, nobody in charge. Everything is in ${directory}`);
  const cluster = await Cluster.start({
    layout,
    restart: false,
    onEvent: (event) => output.note(`  ${describeEvent(event)}`),
    stop: run.stop,
  });
  if (cluster === null) {
    if (run.temporary) await rm(directory, { recursive: true, force: true });
    throw interrupted();
  }
  const meter = new MemoryMeter(
    layout.nodes.map(({ apiUrl }) => apiUrl),
    MEMORY_SAMPLE_MS,
  );
  try {
    const shown = show(run, layout, meter);
    const ended = await Promise.race([shown, run.stop.then(interrupted)]);
    if (ended instanceof CliError) throw ended;
    if (run.exit) return;
    output.note(lookAround(layout));
    await Promise.race([run.stop, cluster.over]);
  } finally {
    meter.stop();
    await cluster.stop();
    if (run.temporary) await rm(directory, { recursive: true, force: true });
  }
}

function interrupted(): CliError {
  return new CliError('interrupted', 'stopped before everything was checked', EXIT.interrupted);
}

async function show(
  { rows: rowsMax, directory, startedMs, output }: DemoRun,
  layout: ClusterLayout,
  meter: MemoryMeter,
): Promise<void> {
  const genesis = genesisToJson(layout.genesis);
  const readers = await Promise.all(layout.nodes.map(({ apiUrl }) => Reader.open({ genesis, nodes: [apiUrl] })));
  const stations: Station[] = [];
  try {
    const rows = await readRecording(rowsMax);
    stations.push(...(await register(layout, genesis, directory)));
    await Promise.all(readers.map((reader) => reader.info()));
    output.note('\nThe administrator registered four instruments of a hydraulic rig; each sends to a node of its own:');
    for (const { instrument, nodeName } of stations) {
      output.note(
        `  ${instrument.name.padEnd(12)} ${Object.keys(instrument.channels).join(' ').padEnd(16)} -> ${nodeName}`,
      );
    }
    output.note(
      `Streaming ${rows.length} rows of the recording, ${ROWS_PER_SECOND} a second (data/SOURCE.md says whose) ...`,
    );
    const streamed = await stream(rows, stations, (sent, final) => {
      output.progress(() => `  ${sent} signed and sent, ${final} final`);
    });
    if (streamed.accepted !== streamed.transactions) {
      throw new CliError(
        'demo-check-failed',
        `${streamed.transactions - streamed.accepted} transactions were rejected`,
      );
    }
    const { p50, p99 } = streamed.submitToFinalMs;
    output.note(`  ${streamed.transactions} transactions are final. Submit to final: p50 ${p50} ms, p99 ${p99} ms.`);

    const infos = await checkAgreement(readers);
    let readings = 0;
    for (const [index, station] of stations.entries()) {
      const other = readers[(index + 1) % readers.length];
      if (other !== undefined) readings += await checkRows(rows, station, other);
    }
    output.note(
      `\nRead back from another node than each went to: ${rows.length} rows, ${readings} readings, equal to the file value for value.`,
    );
    const [first] = infos;
    output.note(
      `All four nodes agree: commit ${first?.commit.index}, digest ${first?.commit.digest.slice(0, 16)}..., state ${first?.commit.stateDigest.slice(0, 16)}...`,
    );

    const [firstReader] = readers;
    const final = await firstReader?.transaction(streamed.last.id);
    if (firstReader === undefined || final === undefined || final === null) {
      throw new CliError('demo-check-failed', 'a final transaction is not found');
    }
    const tampered = await tamper(final.transaction, layout.nodes[0]?.apiUrl ?? '');
    output.note(
      `\nOne byte of transaction ${final.id.slice(0, 16)}... changed (byte ${tampered.byte}: ${hex(tampered.from)} -> ${hex(tampered.to)}):`,
    );
    output.note(
      `  it would be called ${tampered.changedId.slice(0, 16)}..., and the node refuses it: ${tampered.refusedWith}.`,
    );

    const proving = await prove(final.id, firstReader, layout.genesisFile, directory);
    for (const line of describeProving(proving, layout.genesisFile)) output.note(line);

    await meter.sample();
    const wallSeconds = Math.round((performance.now() - startedMs) / 100) / 10;
    await output.result(
      {
        rows: rows.length,
        readings,
        transactions: streamed.transactions,
        final: streamed.transactions,
        submitToFinalMs: { p50, p99 },
        commits: first?.commit.index,
        nodes: infos.map(({ name, commit }) => ({
          name,
          commit: commit.index,
          digest: commit.digest,
          stateDigest: commit.stateDigest,
        })),
        tampered: { byte: tampered.byte, refusedWith: tampered.refusedWith },
        proof: {
          bytes: proving.bytes,
          verdict: proving.report.verdict,
          headline: proving.report.headline,
          checks: proving.report.checks.map(({ name }) => name),
          changedBytes: proving.changes.map(({ part, check, explanation }) => ({ part, check, explanation })),
        },
        wallSeconds,
        peakRssMiB: meter.peakMiB,
      },
      `\nEverything above was checked, in ${wallSeconds} s; the most memory of all processes together was ${meter.peakMiB} MiB.`,
    );
  } finally {
    await Promise.all(stations.map(({ device }) => device.close()));
    for (const reader of readers) reader.close();
  }
}

/** One device for each instrument; its key stays in the data directory, for looking around. */
async function register(layout: ClusterLayout, genesis: object, directory: string): Promise<Station[]> {
  const urls = layout.nodes.map(({ apiUrl }) => apiUrl);
  const administrator = await Administrator.open({
    key: await readKeyFile(layout.adminKeyFile),
    genesis,
    nodes: urls,
    outbox: path.join(directory, 'admin.outbox'),
    crypto: sodiumCrypto,
  });
  try {
    return await Promise.all(
      INSTRUMENTS.map(async (instrument, index): Promise<Station> => {
        const node = layout.nodes[index % layout.nodes.length] as ClusterNode;
        const key = generateKey();
        const keyDirectory = path.join(directory, 'devices');
        await mkdir(keyDirectory, { recursive: true, mode: 0o700 });
        await writeKeyFile(path.join(keyDirectory, `${instrument.name}-${key.id.slice(-8)}.key`), key);
        await administrator.register(key.id, { ratePerSecond: ROWS_PER_SECOND });
        await knownAt(node.apiUrl, genesis, key.id);
        // Native signing: five processes share this machine.
        const device = await Device.open({
          key: sodiumSigner(key.secretKey),
          genesis,
          nodes: [node.apiUrl],
          crypto: sodiumCrypto,
        });
        return { instrument, device, nodeName: node.name, url: node.apiUrl };
      }),
    );
  } finally {
    await administrator.close();
  }
}

/** Waits until the node has executed the registration: it became final by the word of another one. */
async function knownAt(url: string, genesis: object, device: string): Promise<void> {
  const reader = await Reader.open({ genesis, nodes: [url] });
  try {
    const deadlineMs = performance.now() + REGISTERED_DEADLINE_MS;
    while ((await reader.device(device)) === null) {
      if (performance.now() > deadlineMs) throw new CliError('demo-check-failed', `${url} does not know ${device}`);
      await sleep(POLL_MS);
    }
  } finally {
    reader.close();
  }
}

async function networkOf({
  directory,
  basePort,
}: DemoRun): Promise<{ directory: string; validators?: number; basePort?: number }> {
  if (await exists(path.join(directory, 'genesis.json'))) {
    return { directory, ...(basePort !== undefined && { basePort }) };
  }
  return { directory, validators: VALIDATORS, basePort: basePort ?? (await freeBasePort()) };
}

/** The default, or the next range in which nobody listens: a demo must not fail because something else is running. */
async function freeBasePort(): Promise<number> {
  for (let attempt = 0; attempt < BASE_PORTS_TRIED; attempt++) {
    const base = BASE_PORT_DEFAULT + attempt * 2 * VALIDATORS;
    const ports = Array.from({ length: 2 * VALIDATORS }, (_, offset) => base + offset);
    if ((await Promise.all(ports.map((port) => isFree(port)))).every(Boolean)) return base;
  }
  throw new CliError(
    'port-in-use',
    `no ${2 * VALIDATORS} free ports in a row from ${BASE_PORT_DEFAULT}; choose with --base-port`,
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

function lookAround({ nodes, directory }: ClusterLayout): string {
  const [first] = nodes;
  return [
    '\nThe nodes stay up until Ctrl-C. Look around:',
    `  curl ${first?.apiUrl}/v1/info`,
    `  npx tangle device list --node ${first?.apiUrl}`,
    `  npx tangle watch --node ${first?.apiUrl}`,
    `  npx tangle submit FILE.csv --key ${path.join(directory, 'devices')}/NAME.key --node ${first?.apiUrl}`,
  ].join('\n');
}
