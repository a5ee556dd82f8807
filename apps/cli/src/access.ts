/**
 * How this process meets nodes: which authorities it trusts and which token it shows. One command runs in a process, so
 * both are of the process; they are set before the command and read wherever a node is asked.
 */
import { readFile } from 'node:fs/promises';
import type { Fetch } from '@tangle/sdk';
import { exists } from './data-directory.js';
import { usageError } from './failure.js';

export interface AccessOptions {
  /** A PEM file of authorities. */
  readonly ca?: string;
  /** A file of a token. */
  readonly tokenFile?: string;
}

/** What the SDK is opened with. */
export interface Access {
  readonly fetch: Fetch;
  readonly token?: string;
}

const PLATFORM: Access = { fetch: (input, init) => globalThis.fetch(input, init) };
let access = PLATFORM;

export function currentAccess(): Access {
  return access;
}

/** From a command's options; the token else from TANGLE_TOKEN. Throws `key-file-too-open`, and what reading files throws. */
export async function useAccess({ ca, tokenFile }: AccessOptions): Promise<void> {
  const token = tokenFile === undefined ? process.env['TANGLE_TOKEN'] : await readToken(tokenFile);
  access = { ...PLATFORM, ...(token !== undefined && token !== '' && { token: checked(token) }) };
  if (ca !== undefined && ca !== '') await trust(ca);
}

/** The authority of a network whose directory is at hand, where there is one: unless the user named another one. */
export async function trustNetwork(caFile: string): Promise<void> {
  if (access.fetch === PLATFORM.fetch && (await exists(caFile))) await trust(caFile);
}

async function trust(caFile: string): Promise<void> {
  const { trustingFetch } = await import('@tangle/sdk/node');
  access = { ...access, fetch: trustingFetch(await readFile(caFile, 'utf8')) };
}

async function readToken(file: string): Promise<string> {
  const { readBearerFile } = await import('@tangle/node/access');
  return readBearerFile(file);
}

/** What may stand in a header. The message does not repeat it: it is a secret. */
function checked(token: string): string {
  if (/^[A-Za-z0-9._~+/-]+=*$/.test(token)) return token;
  throw usageError('invalid-token', 'the token is not one that `tangle token create` gave');
}
