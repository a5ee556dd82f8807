/**
 * C2SP tlog-policy: which logs, which cosigners and how many of them make a checkpoint trustworthy, as a text file that
 * tools of others read. Such a file counts heads; the network's own rule weighs (PROTOCOL 11), so the file of a network
 * asks for the smallest number of validators whose every choice weighs a quorum.
 */
import type { Crypto } from '../crypto/crypto.js';
import type { Refusal } from '../codec/reasons.js';
import type { Committee } from '../model/committee.js';
import type { Result } from '../result.js';
import type { NetworkIdentity } from './network-keys.js';
import type { NoteKey, NoteReason } from './note.js';
import { invariant } from '../assert.js';
import { toHex } from '../codec/hex.js';
import { excerpt } from '../codec/reasons.js';
import { fail, ok } from '../result.js';
import { networkKeys } from './network-keys.js';
import { formatVerifierKey, parseVerifierKey, SIGNATURE_TYPE } from './note.js';
import { isPlainText, parseDecimal } from './text.js';

/** Lines of a policy file, comments too: enough for the largest committee that a note has room for. */
export const POLICY_LINES_MAX = 20_000;
/** The quorum of a policy that wants no cosignatures at all. */
export const QUORUM_NONE = 'none';
/** The group that `networkPolicy` makes; witness names there hold a `/`, so none of them is called so. */
const NETWORK_GROUP = 'quorum';

export interface PolicyLog {
  readonly key: NoteKey;
  readonly url: string | null;
}

export interface PolicyWitness {
  /** Has a meaning inside the file only; not the name of the key. */
  readonly name: string;
  readonly key: NoteKey;
  readonly url: string | null;
}

export interface PolicyGroup {
  readonly name: string;
  /** Members needed, 1 to all of them. */
  readonly threshold: number;
  /** Names of witnesses and of groups before this one. */
  readonly members: readonly string[];
}

export interface Policy {
  /** A signature of any of them is enough. */
  readonly logs: readonly PolicyLog[];
  readonly witnesses: readonly PolicyWitness[];
  /** Each after those it counts. */
  readonly groups: readonly PolicyGroup[];
  /** Name of a witness or group, or QUORUM_NONE. */
  readonly quorum: string;
}

export type PolicyCode =
  | NoteReason['code']
  /** A name or key that stands in the file already. */
  | 'duplicate'
  /** A name that no line before has defined. */
  | 'unknown-name'
  /** A threshold that its group cannot have. */
  | 'out-of-range';
/** `field` begins with the line: `line 3: group threshold`. */
export type PolicyReason = Refusal<PolicyCode>;

/** The smallest number of validators such that any that many of them weigh Q: the lightest ones do. */
export function quorumHeads(committee: Committee): number {
  const ascending = committee.validators.map(({ weight }) => weight).sort((left, right) => left - right);
  let weight = 0;
  for (const [index, next] of ascending.entries()) {
    weight += next;
    if (weight >= committee.quorum) return index + 1;
  }
  invariant(false, 'all validators together weigh a quorum');
}

/** The policy of a network: any validator's log key, and cosignatures of `quorumHeads` of its validators. */
export function networkPolicy(genesis: NetworkIdentity, crypto: Crypto): Policy {
  const { logKeys, cosignerKeys } = networkKeys(genesis, crypto);
  const witnesses = cosignerKeys.map((key) => ({ name: key.name, key, url: null }));
  const members = witnesses.map(({ name }) => name);
  return {
    logs: logKeys.map((key) => ({ key, url: null })),
    witnesses,
    groups: [{ name: NETWORK_GROUP, threshold: quorumHeads(genesis.committee), members }],
    quorum: NETWORK_GROUP,
  };
}

/** The policy as a file: logs, witnesses, groups, quorum. It is not checked again, `parsePolicy` does that. */
export function formatPolicy(policy: Policy): string {
  const lines = [
    ...policy.logs.map(({ key, url }) => ['log', formatVerifierKey(key), url]),
    ...policy.witnesses.map(({ name, key, url }) => ['witness', name, formatVerifierKey(key), url]),
    ...policy.groups.map(({ name, threshold, members }) => ['group', name, String(threshold), ...members]),
    ['quorum', policy.quorum],
  ];
  return lines.map((items) => `${items.filter((item) => item !== null).join(' ')}\n`).join('');
}

/** A policy file. The first line that is wrong is the reason. */
export function parsePolicy(text: string, crypto: Crypto): Result<Policy, PolicyReason> {
  if (!isPlainText(text, '\t') || text.includes('\u007f')) {
    return refuse('malformed', 'policy', 'a control character', 'plain text, tabs and line feeds');
  }
  if (!text.endsWith('\n')) {
    return refuse('malformed', 'policy', 'a last line without end', 'a line feed after each line');
  }
  const lines = text.slice(0, -1).split('\n');
  if (lines.length > POLICY_LINES_MAX) {
    return refuse('too-large', 'policy', `${lines.length} lines`, `${POLICY_LINES_MAX}`);
  }
  const parser = new PolicyParser(crypto);
  for (const [index, line] of lines.entries()) {
    const items = line.split(/[ \t]+/).filter((item) => item !== '');
    if (items.length === 0 || items[0]?.startsWith('#')) continue;
    const reason = parser.line(items, `line ${index + 1}`);
    if (reason !== null) return fail(reason);
  }
  return parser.finish();
}

/** Whether cosignatures of the witnesses with these names of the file are enough. */
export function satisfiesQuorum(policy: Policy, cosigned: ReadonlySet<string>): boolean {
  if (policy.quorum === QUORUM_NONE) return true;
  const witnessed = new Set(policy.witnesses.map(({ name }) => name).filter((name) => cosigned.has(name)));
  // Members stand before their group, so one pass settles them all.
  for (const { name, threshold, members } of policy.groups) {
    if (members.filter((member) => witnessed.has(member)).length >= threshold) witnessed.add(name);
  }
  return witnessed.has(policy.quorum);
}

/** What the lines so far have defined. Each method answers what is wrong with its line, or null. */
class PolicyParser {
  readonly #crypto: Crypto;
  readonly #logs: PolicyLog[] = [];
  readonly #witnesses: PolicyWitness[] = [];
  readonly #groups: PolicyGroup[] = [];
  /** Names defined, and whether a group has counted them. */
  readonly #names = new Map<string, 'free' | 'member'>();
  /** Public keys in hex, apart for logs and for witnesses. */
  readonly #keys = { log: new Set<string>(), witness: new Set<string>() };
  #quorum: string | null = null;

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
  }

  line(items: readonly string[], where: string): PolicyReason | null {
    const [keyword = '', ...rest] = items;
    switch (keyword) {
      case 'log':
        return this.#log(rest, where);
      case 'witness':
        return this.#witness(rest, where);
      case 'group':
        return this.#group(rest, where);
      case 'quorum':
        return this.#quorumLine(rest, where);
      default:
        return reasonOf('malformed', where, excerpt(keyword), 'log, witness, group, quorum or a comment');
    }
  }

  finish(): Result<Policy, PolicyReason> {
    if (this.#quorum === null) return refuse('malformed', 'policy', 'no quorum line', 'exactly one');
    return ok({ logs: this.#logs, witnesses: this.#witnesses, groups: this.#groups, quorum: this.#quorum });
  }

  #log([verifierKey, url, ...more]: readonly string[], where: string): PolicyReason | null {
    if (verifierKey === undefined || more.length > 0) {
      return reasonOf('malformed', where, 'a log', 'log <vkey> [<url>]');
    }
    const key = this.#key(verifierKey, 'log', `${where}: log key`);
    if (!key.ok) return key.reason;
    this.#logs.push({ key: key.value, url: url ?? null });
    return null;
  }

  #witness([name, verifierKey, url, ...more]: readonly string[], where: string): PolicyReason | null {
    if (name === undefined || verifierKey === undefined || more.length > 0) {
      return reasonOf('malformed', where, 'a witness', 'witness <name> <vkey> [<url>]');
    }
    const key = this.#key(verifierKey, 'witness', `${where}: witness key`);
    if (!key.ok) return key.reason;
    this.#witnesses.push({ name, key: key.value, url: url ?? null });
    return this.#define(name, where);
  }

  #group([name, thresholdText, ...members]: readonly string[], where: string): PolicyReason | null {
    if (name === undefined || thresholdText === undefined || members.length === 0) {
      return reasonOf('malformed', where, 'a group', 'group <name> <all, any or number> <member>...');
    }
    for (const member of members) {
      const state = this.#names.get(member);
      if (state === undefined) {
        return reasonOf('unknown-name', `${where}: member`, excerpt(member), 'a name defined before');
      }
      if (state === 'member') {
        return reasonOf('duplicate', `${where}: member`, excerpt(member), 'a member once in the file');
      }
      this.#names.set(member, 'member');
    }
    const threshold = thresholdOf(thresholdText, members.length);
    if (threshold === null) {
      return reasonOf(
        'out-of-range',
        `${where}: threshold`,
        excerpt(thresholdText),
        `all, any or 1 to ${members.length}`,
      );
    }
    this.#groups.push({ name, threshold, members });
    return this.#define(name, where);
  }

  #quorumLine([name, ...more]: readonly string[], where: string): PolicyReason | null {
    if (name === undefined || more.length > 0) return reasonOf('malformed', where, 'a quorum', 'quorum <name>');
    if (this.#quorum !== null) return reasonOf('duplicate', where, 'a second quorum', 'exactly one');
    if (name !== QUORUM_NONE && !this.#names.has(name)) {
      return reasonOf('unknown-name', `${where}: quorum`, excerpt(name), 'a name defined before, or none');
    }
    this.#quorum = name;
    return null;
  }

  #define(name: string, where: string): PolicyReason | null {
    if (name === QUORUM_NONE || this.#names.has(name)) {
      return reasonOf('duplicate', `${where}: name`, excerpt(name), 'a name of its own');
    }
    this.#names.set(name, 'free');
    return null;
  }

  /** A key fit for its use, and new: the same public key under two names would count twice. */
  #key(text: string, use: 'log' | 'witness', field: string): Result<NoteKey, PolicyReason> {
    const key = parseVerifierKey(text, this.#crypto, field);
    if (!key.ok) return key;
    const { type, publicKey } = key.value;
    const wanted = use === 'log' ? SIGNATURE_TYPE.ed25519 : SIGNATURE_TYPE.cosignature;
    if (type !== wanted) return refuse('unsupported-key-type', `${field} type`, type, `${wanted}`);
    const hex = toHex(publicKey);
    if (this.#keys[use].has(hex)) return refuse('duplicate', field, excerpt(text), 'a key of its own');
    this.#keys[use].add(hex);
    return key;
  }
}

function thresholdOf(text: string, members: number): number | null {
  if (text === 'all') return members;
  if (text === 'any') return 1;
  const value = parseDecimal(text, BigInt(members));
  return value === null || value === 0n ? null : Number(value);
}

function reasonOf(code: PolicyCode, field: string, found: string | number, allowed: string): PolicyReason {
  return { code, field, found, allowed };
}

function refuse(code: PolicyCode, field: string, found: string | number, allowed: string): Result<never, PolicyReason> {
  return fail(reasonOf(code, field, found, allowed));
}
