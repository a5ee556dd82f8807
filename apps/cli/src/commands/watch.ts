/** `tangle watch`: what happens, as it happens. */
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { LedgerEvent } from '@tangle/sdk';
import { deviceIdFrom, openReader } from '../connect.js';
import { integerFrom, outputOf, withExamples, withNodes, type NodeOptions } from '../options.js';
import { abortedOnStop } from '../signals.js';
import { formatTime } from '../time.js';

const KINDS = ['witnessed', 'final', 'commit', 'certified'] as const;
type Kind = (typeof KINDS)[number];

interface WatchOptions extends NodeOptions {
  readonly device?: string;
  readonly after?: number;
  readonly kinds?: readonly Kind[];
  readonly limit?: number;
}

export function registerWatch(program: Command): void {
  const command = program
    .command('watch')
    .description('events as lines until Ctrl-C; a cut connection is resumed, a gap is said')
    .option('--device <device>', 'only final events of this did:key or key file')
    .option('--kinds <kind,...>', `of ${KINDS.join(', ')} (default: all, with --device final)`, parseKinds)
    .option('--after <position>', 'first the final events after this position', integerFrom(0, Number.MAX_SAFE_INTEGER))
    .option('--limit <n>', 'end after so many events', integerFrom(1, Number.MAX_SAFE_INTEGER))
    .action(run);
  withExamples(withNodes(command), 'tangle watch', 'tangle watch --device rig-7.key --after 120 --json');
}

async function run(options: WatchOptions, command: Command): Promise<void> {
  const output = outputOf(command);
  const { device, after, kinds, limit = Number.MAX_SAFE_INTEGER } = options;
  const { eventToJson } = await import('../render.js');
  const issuer = device === undefined ? undefined : await deviceIdFrom(device);
  using reader = await openReader(options);
  const events = reader.events({
    ...(issuer !== undefined && { issuer }),
    ...(after !== undefined && { after }),
    ...(kinds === undefined ? issuer !== undefined && { kinds: ['final'] } : { kinds }),
    signal: abortedOnStop(),
  });
  let left = limit;
  for await (const event of events) {
    await output.result(eventToJson(event), textOf(event));
    if (event.kind === 'start') continue;
    left -= 1;
    if (left === 0) return;
  }
}

function parseKinds(text: string): Kind[] {
  return text.split(',').map((name) => {
    const kind = KINDS.find((known) => known === name);
    if (kind === undefined) throw new InvalidArgumentError(`Allowed: ${KINDS.join(', ')}, separated by commas.`);
    return kind;
  });
}

function textOf(event: LedgerEvent): string {
  switch (event.kind) {
    case 'start':
      return `start      after position ${event.position ?? 'none'}`;
    case 'witnessed':
      return `witnessed  ${event.id}`;
    case 'final': {
      const { id, issuer, position, outcome, commitTimeMs } = event;
      const end = outcome.status === 'accepted' ? 'accepted' : `rejected (${outcome.code})`;
      return `final      ${id} ${end} position ${position} ${formatTime(commitTimeMs)} ${issuer}`;
    }
    case 'commit':
      return `commit     ${event.index} ${formatTime(event.timeMs)} ${event.transactions} transactions ${event.digest}`;
    case 'certified':
      return `certified  the log up to size ${event.size}, root ${event.root}`;
    case 'gap':
      return `gap        events after position ${event.afterPosition ?? 'none'} were lost; resume with --after`;
  }
}
