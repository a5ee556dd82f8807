/** `tangle device`: the registry, read by anybody and changed with an administrator's key. */
import path from 'node:path';
import { rm } from 'node:fs/promises';
import type { Command } from 'commander';
import type { FinalResult, Administrator, Registration } from '@tangle/sdk';
import type { DeviceId } from '@tangle/core/ids';
import type { DeviceInfo } from '@tangle/sdk';
import { connectionOf, deviceIdFrom, openReader, outboxOf, readKey } from '../connect.js';
import { CliError, EXIT, failureOf } from '../failure.js';
import {
  DATA_DIRECTORY_DEFAULT,
  integerFrom,
  outputOf,
  withExamples,
  withNodes,
  type NodeOptions,
} from '../options.js';
import { table } from '../output.js';
import { formatTime } from '../time.js';

type Action = 'register' | 'revoke' | 'quarantine' | 'release';
type Role = 'device' | 'operator' | 'administrator';

interface ChangeOptions extends NodeOptions {
  readonly admin: string;
  readonly role?: Role;
  readonly rate?: number;
}

const DEVICE_ARGUMENT = 'a did:key or a key file';
const ADMIN_KEY_DEFAULT = path.join(DATA_DIRECTORY_DEFAULT, 'admin.key');
const RATE_MAX = 4_294_967_295;

export function registerDevice(program: Command): void {
  const device = program.command('device').description('the registry of devices, operators and administrators');
  const register = change(device, 'register', 'let a key write, or change its role and rate')
    .addOption(
      device
        .createOption('--role <role>', 'what the key may do')
        .choices(['device', 'operator', 'administrator'])
        .default('device'),
    )
    .option('--rate <n>', "transactions a second; 0 = a node's own default", integerFrom(0, RATE_MAX), 0);
  withExamples(
    register,
    'tangle device register rig-7.key',
    'tangle device register did:key:z6Mk... --admin net/admin.key',
  );
  withExamples(
    change(device, 'revoke', 'refuse a key for ever, from its place in the order on'),
    'tangle device revoke rig-7.key',
  );
  withExamples(change(device, 'quarantine', 'refuse a key until it is released'), 'tangle device quarantine rig-7.key');
  withExamples(change(device, 'release', 'end a quarantine'), 'tangle device release rig-7.key');

  const show = device
    .command('show')
    .description('one key: role, status, highest sequence number, number of transactions')
    .argument('<device>', DEVICE_ARGUMENT)
    .action(showDevice);
  withExamples(withNodes(show), 'tangle device show rig-7.key --json');
  const list = device.command('list').description('every key of the registry').action(listDevices);
  withExamples(withNodes(list), 'tangle device list', 'tangle device list --json | jq -r .id');
}

function change(device: Command, action: Action, description: string): Command {
  const command = device
    .command(action)
    .description(description)
    .argument('<device...>', `${DEVICE_ARGUMENT}; one or more`)
    .option('--admin <file>', 'key file of an administrator', ADMIN_KEY_DEFAULT)
    .action((devices: string[], options: ChangeOptions, self: Command) =>
      changeDevices(action, devices, options, self),
    );
  return withNodes(command);
}

async function changeDevices(
  action: Action,
  devices: string[],
  options: ChangeOptions,
  command: Command,
): Promise<void> {
  const output = outputOf(command);
  const ids = await Promise.all(devices.map(deviceIdFrom));
  const key = await readKey(options.admin);
  const { access, genesis, genesisHash, nodes } = await connectionOf(options);
  const outbox = outboxOf(options.admin, genesisHash);
  const { Administrator } = await import('@tangle/sdk/node');
  const administrator = await Administrator.open({ ...access, genesis, nodes, key: key.signer, outbox });
  let isRefused = false;
  try {
    for (const id of ids) {
      const result = await apply(administrator, action, id, {
        role: options.role ?? 'device',
        ratePerSecond: options.rate ?? 0,
      });
      await output.result(
        {
          device: id,
          action,
          id: result.id,
          position: result.position,
          commitIndex: result.commitIndex,
          commitTime: formatTime(result.commitTimeMs),
          outcome: result.outcome,
        },
        `${PAST[action]} ${id} (position ${result.position}, ${formatTime(result.commitTimeMs)})`,
      );
    }
  } catch (error) {
    const { code, exitCode } = failureOf(error);
    isRefused = exitCode === EXIT.refused && code !== 'transaction-rejected';
    throw error;
  } finally {
    await administrator.close();
    // No node takes this key: what it signed must not lie in wait for the day it becomes an administrator's.
    if (isRefused) await rm(outbox, { recursive: true, force: true });
  }
}

const PAST = { register: 'registered', revoke: 'revoked', quarantine: 'quarantined', release: 'released' } as const;

function apply(
  administrator: Administrator,
  action: Action,
  id: DeviceId,
  registration: Registration,
): Promise<FinalResult> {
  return action === 'register' ? administrator.register(id, registration) : administrator[action](id);
}

async function showDevice(device: string, options: NodeOptions, command: Command): Promise<void> {
  const id = await deviceIdFrom(device);
  using reader = await openReader(options);
  const info = await reader.device(id);
  if (info === null) throw new CliError('device-not-found', `${id} was never registered`, EXIT.failed, { device: id });
  const { deviceToJson } = await import('../render.js');
  const rows = COLUMNS.map((column, index) => [column, cellsOf(info)[index] ?? '']);
  await outputOf(command).result(deviceToJson(info), table(rows));
}

async function listDevices(options: NodeOptions, command: Command): Promise<void> {
  const output = outputOf(command);
  const { deviceToJson } = await import('../render.js');
  using reader = await openReader(options);
  if (!output.json) await output.line(COLUMNS.join('  '));
  for await (const info of reader.devices()) await output.result(deviceToJson(info), cellsOf(info).join('  '));
}

const COLUMNS = ['id', 'role', 'status', 'rate', 'sequence', 'transactions', 'equivocated'] as const;

function cellsOf(info: DeviceInfo): string[] {
  const { id, role, status, ratePerSecond, highestSequence, transactions, equivocated } = info;
  const sequence = highestSequence === null ? '-' : String(highestSequence);
  return [id, role, status, String(ratePerSecond), sequence, String(transactions), equivocated ? 'yes' : 'no'];
}
