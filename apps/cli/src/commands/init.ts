/** `tangle init`: the files of a new network. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Command } from 'commander';
import { usageError } from '../failure.js';
import { integerFrom, outputOf, withExamples } from '../options.js';

interface InitOptions {
  readonly validators: number;
  readonly basePort?: number;
  readonly name?: string;
  readonly tls?: boolean;
  readonly tlsHost?: readonly string[];
  readonly tokens?: boolean;
}

export function registerInit(program: Command): void {
  const command = program
    .command('init')
    .description(
      'make a network on this machine: genesis.json, tlog-policy, admin.key, and node-I/ with config.json and keys',
    )
    .argument('<dir>', 'new or empty')
    .option('--validators <n>', 'size of the committee, 1 to 64', integerFrom(1, 64), 4)
    .option('--base-port <n>', 'node i: API on n+2i, peers on n+2i+1 (default: 7410)', integerFrom(1, 65_535))
    .option('--name <name>', "the network's name: letters, digits, - and . (default: tangle-local)")
    .option('--tls', 'certificates of an authority of its own (ca.crt), for the API and for the links between nodes')
    .option(
      '--tls-host <host,...>',
      'names and addresses of the nodes beside loopback, for the certificates',
      parseHosts,
    )
    .option('--tokens', 'the API asks for tokens to write (tokens.json): make some with tangle token create')
    .action(run);
  withExamples(
    command,
    'tangle init ./net --validators 4',
    'tangle init ./net --base-port 8000 --name plant-7 --json',
    'tangle init ./net --tls --tls-host ledger.plant-7.example,10.0.0.5 --tokens',
  );
}

async function run(directory: string, options: InitOptions, command: Command): Promise<void> {
  const output = outputOf(command);
  const network = await initializeNetwork(directory, options);
  const nodes = network.nodes.map(({ name, configFile, apiPort, peersPort }) => ({
    name,
    config: configFile,
    api: `${network.caFile === null ? 'http' : 'https'}://127.0.0.1:${apiPort}`,
    peers: `127.0.0.1:${peersPort}`,
  }));
  const { genesis, genesisFile, policyFile, adminKeyFile, caFile, tokensFile } = network;
  const shown = path.relative('', network.directory) || '.';
  await output.result(
    {
      directory: network.directory,
      networkName: genesis.name,
      network: genesis.network,
      genesisHash: genesis.hash,
      genesis: genesisFile,
      policy: policyFile,
      admin: adminKeyFile,
      ca: caFile,
      tokens: tokensFile,
      nodes,
    },
    [
      `network    ${genesis.name} ${genesis.hash}`,
      `genesis    ${genesisFile}`,
      `policy     ${policyFile}`,
      `admin key  ${adminKeyFile}`,
      ...(caFile === null ? [] : [`authority  ${caFile}`]),
      ...(tokensFile === null ? [] : [`tokens     ${tokensFile}`]),
      ...nodes.map(({ name, config, api }) => `${name.padEnd(9)}  ${api}  ${config}`),
    ].join('\n'),
  );
  output.note(
    `start it: tangle cluster --data ${shown}, or one by one: tangle node --config ${shown}/node-0/config.json`,
  );
  const [first] = nodes;
  if (caFile !== null && first !== undefined) {
    output.note(`and for the other commands: export TANGLE_NODE=${first.api} TANGLE_CA=${caFile}`);
  }
}

function parseHosts(text: string): string[] {
  return text.split(',').map((host) => host.trim());
}

/** Makes the files; shared with `cluster`. */
export async function initializeNetwork(directory: string, options: InitOptions) {
  const [{ initNetwork }, { markFirstStart }] = await Promise.all([
    import('@tangle/node/config'),
    import('@tangle/node/store'),
  ]);
  const { validators, basePort, name, tls = false, tlsHost, tokens = false } = options;
  if (tlsHost !== undefined && !tls) throw usageError('missing-option', '--tls-host is for --tls');
  return initNetwork({
    directory,
    validators,
    ...(basePort !== undefined && { basePort }),
    ...(name !== undefined && { name }),
    ...(tls && { tls: { hosts: tlsHost ?? [] } }),
    tokens,
    timeMs: Date.now(),
    random: (length) => new Uint8Array(randomBytes(length)),
    markFirstStart,
  });
}
