/** `tangle observer`: nodes that follow, serve and relay, and sign nothing: their files, and letting them in. */
import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import type { ConfigInput } from '@tangle/node/config';
import { usageError } from '../failure.js';
import { integerFrom, outputOf, withExamples } from '../options.js';

interface InitOptions {
  readonly name: string;
  readonly genesis: string;
  readonly validator: readonly Address[];
  readonly apiPort: number;
  readonly peersPort?: number;
  readonly tls?: boolean;
  readonly tlsHost?: readonly string[];
}

interface AllowOptions {
  readonly name: string;
  readonly key: string;
}

type Address = readonly [name: string, address: string];

const PORT_MAX = 65_535;

export function registerObserver(program: Command): void {
  const observer = program
    .command('observer')
    .description('nodes without a vote, which follow the network, serve it and pass on what is submitted to them');
  const init = observer
    .command('init')
    .description('make the files of an observer: config.json, observer.key and a copy of the genesis')
    .argument('<dir>', 'new or empty')
    .requiredOption('--name <name>', 'how the validators are to call it: letters, digits, - and .')
    .requiredOption('--genesis <file>', "the network's genesis.json")
    .option('--validator <name=host:port>', "a validator's peers port; repeatable, best all of them", parseAddress, [])
    .option('--api-port <n>', 'where it serves its API', integerFrom(1, PORT_MAX), 7_510)
    .option(
      '--peers-port <n>',
      'where other observers may follow this one (default: nowhere)',
      integerFrom(1, PORT_MAX),
    )
    .option('--tls', 'certificates of an authority of its own (ca.crt): needed where the validators have TLS on links')
    .option('--tls-host <host,...>', 'its names and addresses beside loopback, for the certificate', parseHosts)
    .action(initObserver);
  withExamples(
    init,
    'tangle observer init ./obs-a --name obs-a --genesis net/genesis.json --validator node-0=127.0.0.1:7411',
    'tangle observer allow net/node-0/config.json --name obs-a --key 3f0c...e1',
    'tangle node --config obs-a/config.json',
  );
  const allow = observer
    .command('allow')
    .description(
      'let an observer follow a node: adds it to peers.observers of its configuration; restart the node then',
    )
    .argument('<config...>', 'config.json of validators (or of the observers it is to follow)')
    .requiredOption('--name <name>', 'of the observer')
    .requiredOption('--key <hex>', 'its public key, as observer init printed it')
    .action(allowObserver);
  withExamples(allow, 'tangle observer allow net/node-*/config.json --name obs-a --key 3f0c...e1');
  withExamples(
    observer,
    'tangle observer init ./obs-a --name obs-a --genesis net/genesis.json --validator node-0=10.0.0.5:7411',
  );
}

async function initObserver(directory: string, options: InitOptions, command: Command): Promise<void> {
  const { name, genesis, validator, apiPort, peersPort, tls = false, tlsHost } = options;
  if (tlsHost !== undefined && !tls) throw usageError('missing-option', '--tls-host is for --tls');
  if (validator.length === 0) throw usageError('missing-option', 'name at least one validator to dial: --validator');
  const { initObserver: makeFiles } = await import('@tangle/node/config');
  const { configFile, publicKey } = await makeFiles({
    directory,
    name,
    genesisFile: genesis,
    addresses: Object.fromEntries(validator),
    apiPort,
    ...(peersPort !== undefined && { peersPort }),
    ...(tls && { tls: { hosts: tlsHost ?? [] } }),
    timeMs: Date.now(),
    random: (length) => new Uint8Array(randomBytes(length)),
  });
  const output = outputOf(command);
  const api = `${tls ? 'https' : 'http'}://127.0.0.1:${apiPort}`;
  await output.result(
    { name, config: configFile, key: publicKey, api },
    [`observer  ${name}`, `key       ${publicKey}`, `config    ${configFile}`, `api       ${api}`].join('\n'),
  );
  output.note(`at every validator: tangle observer allow CONFIG --name ${name} --key ${publicKey}, and restart it`);
}

async function allowObserver(files: readonly string[], { name, key }: AllowOptions, command: Command): Promise<void> {
  const { loadConfig, loadGenesis, observersOf, parseConfig } = await import('@tangle/node/config');
  const changes = [];
  for (const file of files) {
    const before = (await loadConfig(file)).peers.observers;
    const document = JSON.parse(await readFile(file, 'utf8')) as ConfigInput;
    const known = before.some((observer) => observer.name === name && observer.key === key);
    const observers = known ? before : [...before, { name, key }];
    const changed = { ...document, peers: { ...document.peers, observers } };
    const config = parseConfig(changed, file);
    observersOf(config, await loadGenesis(config.genesis));
    changes.push({ file, text: `${JSON.stringify(changed, null, 2)}\n`, known });
  }
  // None is written before all are found to be right.
  for (const { file, text, known } of changes) {
    if (!known) await replaceFile(file, text);
  }
  const written = changes.map(({ file, known }) => ({ config: file, changed: !known }));
  const text = written.map(({ config, changed }) => `${config}  ${changed ? 'lets it in after a restart' : 'knew it'}`);
  await outputOf(command).result({ name, key, configs: written }, text.join('\n'));
}

/** A reader finds the old or the new content, never a part. */
async function replaceFile(file: string, text: string): Promise<void> {
  const draft = path.join(path.dirname(file), `.${path.basename(file)}.new`);
  await writeFile(draft, text, { flush: true });
  await rename(draft, file);
}

function parseAddress(text: string, before: readonly Address[]): Address[] {
  const match = /^(?<name>[^=]+)=(?<address>.+)$/.exec(text);
  const { name, address } = match?.groups ?? {};
  if (name === undefined || address === undefined) throw new InvalidArgumentError('Allowed: NAME=HOST:PORT.');
  return [...before, [name, address]];
}

function parseHosts(text: string): string[] {
  return text.split(',').map((host) => host.trim());
}
