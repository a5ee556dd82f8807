/** `tangle token`: who may use a node's API. Edits the file of tokens that `api.tokensFile` of its config.json names. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Scope, TokenRecord } from '@tangle/node/access';
import { exists } from '../data-directory.js';
import { CliError, usageError } from '../failure.js';
import { outputOf, withExamples } from '../options.js';
import { table } from '../output.js';
import { formatTime, parseTime, TIME_FORMS } from '../time.js';

interface CreateOptions {
  readonly name: string;
  readonly scope: readonly Scope[];
  readonly expires: Expiry;
  readonly out?: string;
}

/** How long from now, until when, or for ever. */
type Expiry =
  | { readonly kind: 'after'; readonly ms: number }
  | { readonly kind: 'at'; readonly ms: number }
  | { readonly kind: 'never' };

const FILE_ARGUMENT = 'a file of tokens, as api.tokensFile of config.json names it';
const DAY_MS = 86_400_000;
const SCOPE_NAMES: readonly Scope[] = ['read', 'submit', 'admin'];
const SCOPE_HELP = `
Scopes: read (everything the node serves), submit (transactions), admin (changes of the registry, backups). A device that
waits for its receipts needs read and submit. A node with the file takes changes up within a second. The token itself
is shown once and kept nowhere; give it to commands with --token-file or TANGLE_TOKEN, to the SDK as \`token\`.`;

export function registerToken(program: Command): void {
  const token = program.command('token').description("who may use a node's API, and for what");
  withExamples(
    token,
    'tangle token create net/tokens.json --name rig-7 --out rig-7.token',
    'tangle token list net/tokens.json',
  );
  const create = token
    .command('create')
    .description('add a token; an administrator hands it to its bearer')
    .argument('<file>', `${FILE_ARGUMENT}; made if missing`)
    .requiredOption('--name <name>', 'whose it is, for people: up to 64 characters')
    .addOption(
      new Option('--scope <scope,...>', 'read, submit, admin')
        .argParser(parseScopes)
        .default(parseScopes('read,submit'), 'read,submit'),
    )
    .addOption(
      new Option('--expires <when>', `days such as 90d, never, or ${TIME_FORMS}`)
        .argParser(parseExpiry)
        .default(parseExpiry('365d'), '365d'),
    )
    .option('--out <file>', 'write the token here, readable by its owner only, instead of showing it')
    .addHelpText('after', SCOPE_HELP)
    .action(createToken);
  withExamples(
    create,
    'tangle token create net/tokens.json --name rig-7 --out rig-7.token',
    'tangle token create net/tokens.json --name prometheus --scope read --expires never',
  );
  const list = token
    .command('list')
    .description('every token of a file, without the tokens themselves')
    .argument('<file>', FILE_ARGUMENT)
    .action(listTokens);
  withExamples(list, 'tangle token list net/tokens.json', 'tangle token list net/tokens.json --json | jq -r .name');
  const revoke = token
    .command('revoke')
    .description('let a token in no more')
    .argument('<file>', FILE_ARGUMENT)
    .argument('<id...>', 'ids as `tangle token list` shows them; one or more')
    .action(revokeTokens);
  withExamples(revoke, 'tangle token revoke net/tokens.json 5f0c2a9be1d34477');
}

async function createToken(file: string, options: CreateOptions, command: Command): Promise<void> {
  const { name, scope, expires, out } = options;
  if (name === '' || name.length > 64) throw usageError('invalid-argument', '--name is 1 to 64 characters');
  const output = outputOf(command);
  const { changeTokenFile, newToken, tokenHash, writeBearerFile } = await import('@tangle/node/access');
  const { id, text } = newToken((length) => new Uint8Array(randomBytes(length)));
  const nowMs = Date.now();
  const expiresAt = expiryOf(expires, nowMs);
  if (out !== undefined) await writeBearerFile(out, text);
  const record = { id, name, scopes: scope, sha256: tokenHash(text), createdAt: formatTime(nowMs), expiresAt };
  await changeTokenFile(file, (tokens) => [...tokens, record]);
  const place = out === undefined ? { token: text } : { out: path.resolve(out) };
  await output.result({ ...shownOf(record), ...place }, out === undefined ? text : path.resolve(out));
  output.note(`${id} (${name}): ${scope.join(', ')}; ${expiresAt === null ? 'never expires' : `until ${expiresAt}`}`);
}

async function listTokens(file: string, _options: object, command: Command): Promise<void> {
  const output = outputOf(command);
  const { readTokenFile } = await import('@tangle/node/access');
  const { tokens } = await readTokenFile(file);
  if (output.json) {
    for (const token of tokens) await output.result(shownOf(token), '');
    return;
  }
  const rows = tokens.map(({ id, name, scopes, createdAt, expiresAt }) => [
    id,
    name,
    scopes.join(','),
    createdAt,
    expiresAt === null ? 'never' : isPast(expiresAt) ? `${expiresAt} (expired)` : expiresAt,
  ]);
  await output.result({}, table([['id', 'name', 'scopes', 'created', 'expires'], ...rows]));
}

async function revokeTokens(file: string, ids: readonly string[], _options: object, command: Command): Promise<void> {
  const output = outputOf(command);
  const { changeTokenFile } = await import('@tangle/node/access');
  if (!(await exists(file))) throw new CliError('no-such-file', `${file} is not there`);
  let revoked: readonly TokenRecord[] = [];
  await changeTokenFile(file, (tokens) => {
    const unknown = ids.filter((id) => !tokens.some((token) => token.id === id));
    if (unknown.length > 0) throw new CliError('no-such-token', `${file} has no token ${unknown.join(', ')}`);
    revoked = tokens.filter(({ id }) => ids.includes(id));
    return tokens.filter(({ id }) => !ids.includes(id));
  });
  for (const token of revoked) await output.result(shownOf(token), `revoked ${token.id} (${token.name})`);
}

/** All of it but the hash: that is of no use to anybody who reads. */
function shownOf({ id, name, scopes, createdAt, expiresAt }: TokenRecord): object {
  return { id, name, scopes, createdAt, expiresAt };
}

function isPast(time: string): boolean {
  return Date.parse(time) <= Date.now();
}

function expiryOf(expiry: Expiry, nowMs: number): string | null {
  if (expiry.kind === 'never') return null;
  const atMs = expiry.kind === 'at' ? expiry.ms : nowMs + expiry.ms;
  if (atMs <= nowMs) throw usageError('invalid-argument', '--expires is in the past');
  return formatTime(atMs);
}

function parseScopes(text: string): Scope[] {
  const names = text.split(',').map((name) => name.trim());
  const scopes = SCOPE_NAMES.filter((scope) => names.includes(scope));
  if (scopes.length === 0 || names.length !== scopes.length) {
    throw new InvalidArgumentError('Allowed: some of read, submit, admin, separated by commas.');
  }
  return scopes;
}

function parseExpiry(text: string): Expiry {
  if (text === 'never') return { kind: 'never' };
  const days = /^(?<days>[1-9]\d{0,4})d$/.exec(text)?.groups?.['days'];
  if (days !== undefined) return { kind: 'after', ms: Number(days) * DAY_MS };
  const ms = parseTime(text);
  if (ms === null) throw new InvalidArgumentError(`Allowed: days such as 90d, never, or ${TIME_FORMS}.`);
  return { kind: 'at', ms };
}
