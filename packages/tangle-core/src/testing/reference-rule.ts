/**
 * PROTOCOL 5 a second time, from its text and from scratch: export lines in, verdicts and commits out. It shares no
 * code with src/confirmation and src/order but the hash and the writer, keeps nothing between calls, and takes every
 * line as valid. What the production rule computes step by step must equal this after every step (PROTOCOL 12.3).
 */
import { invariant, present } from '../assert.js';
import { fromHex } from '../codec/hex.js';
import { Writer } from '../codec/writer.js';
import type { Crypto } from '../crypto/crypto.js';
import { taggedHashHex } from '../crypto/hash.js';

/** The lines of `tangle export` that the rule reads, and of those only the fields it reads. Ids and keys are hex. */
export type ReferenceLine =
  | {
      readonly kind: 'genesis';
      readonly hash: string;
      /** Statement keys and weights in genesis order. */
      readonly committee: readonly { readonly key: string; readonly weight: number }[];
      /** Unix ms, decimal text. */
      readonly params: { readonly time: string };
    }
  | { readonly kind: 'transaction'; readonly id: string; readonly parents: readonly [string, string] }
  | {
      readonly kind: 'statement';
      readonly id: string;
      readonly epoch: number;
      readonly round: number | string;
      /** Statement key. */
      readonly author: string;
      /** Unix ms, decimal text. */
      readonly timestamp: string;
      readonly self: string | null;
      readonly prev: readonly string[];
      readonly tips: readonly string[];
    }
  /** What a node itself concluded: not read. */
  | { readonly kind: 'commit' };

export type ReferenceVerdict =
  | { readonly kind: 'commit'; readonly leader: string; readonly how: 'direct' | 'indirect' }
  | { readonly kind: 'skip'; readonly how: 'direct' | 'indirect' }
  | { readonly kind: 'undecided' }
  | { readonly kind: 'halt'; readonly why: string };

export interface ReferenceCommit {
  readonly index: number;
  readonly leader: string;
  /** Unix ms, decimal text. */
  readonly time: string;
  /** Transactions in the total order. */
  readonly ids: readonly string[];
  /** D_k. */
  readonly digest: string;
}

export interface ReferenceResult {
  /** Up to the first slot that is not decided. */
  readonly commits: readonly ReferenceCommit[];
  /** verdicts[r] is that of slot r; [0] stands for nothing. Ends with the highest round that has a statement. */
  readonly verdicts: readonly ReferenceVerdict[];
}

interface Node {
  readonly id: string;
  readonly round: number;
  readonly author: number;
  readonly time: number;
  readonly self: Node | null;
  readonly prev: readonly Node[];
  readonly tips: readonly string[];
}

interface Dag {
  readonly genesisHash: string;
  readonly genesisTime: number;
  readonly weights: readonly number[];
  readonly quorum: number;
  readonly parentsOf: ReadonlyMap<string, readonly string[]>;
  /** rounds[r] holds the statements of round r. */
  readonly rounds: readonly (readonly Node[])[];
  readonly nodes: ReadonlyMap<string, Node>;
  /** leaders[r] leads slot r. */
  readonly leaders: readonly number[];
}

/**
 * Evaluates everything that the lines hold. `crypto` is used for hashing only. Throws InvariantError where a line cites
 * what no earlier line names, or belongs to another epoch than the first.
 *
 * @example
 * const { commits, verdicts } = evaluateExport(lines, nobleCrypto);
 */
export function evaluateExport(lines: Iterable<ReferenceLine>, crypto: Crypto): ReferenceResult {
  const dag = readLines(lines);
  const verdicts = decideAll(dag);
  return { verdicts, commits: commitPrefix(dag, verdicts, crypto) };
}

function readLines(lines: Iterable<ReferenceLine>): Dag {
  let genesis: (ReferenceLine & { readonly kind: 'genesis' }) | null = null;
  const parentsOf = new Map<string, readonly string[]>();
  const nodes = new Map<string, Node>();
  const rounds: Node[][] = [[]];
  const authors = new Map<string, number>();
  const known = (id: string): Node => present(nodes.get(id), `${id} is cited before its line`);
  for (const line of lines) {
    if (line.kind === 'genesis') {
      genesis = line;
      for (const [index, { key }] of line.committee.entries()) authors.set(key, index);
    } else if (line.kind === 'transaction') {
      parentsOf.set(line.id, line.parents);
    } else if (line.kind === 'statement') {
      invariant(line.epoch === 0, 'only the first epoch is evaluated');
      const node: Node = {
        id: line.id,
        round: Number(line.round),
        author: present(authors.get(line.author), `${line.author} is no statement key`),
        time: Number(line.timestamp),
        self: line.self === null ? null : known(line.self),
        prev: line.prev.map(known),
        tips: line.tips,
      };
      nodes.set(node.id, node);
      while (rounds.length <= node.round) rounds.push([]);
      present(rounds[node.round], 'a list for each round').push(node);
    }
  }
  invariant(genesis !== null, 'an export starts with the genesis');
  const weights = genesis.committee.map(({ weight }) => weight);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return {
    genesisHash: genesis.hash,
    genesisTime: Number(genesis.params.time),
    weights,
    quorum: total - Math.floor((total - 1) / 3),
    parentsOf,
    rounds,
    nodes,
    leaders: leaderSchedule(weights, total, rounds.length),
  };
}

/** Smooth weighted round-robin, played round by round. */
function leaderSchedule(weights: readonly number[], total: number, rounds: number): number[] {
  const credit = weights.map(() => 0);
  const leaders = [-1];
  while (leaders.length <= rounds) {
    for (const [index, weight] of weights.entries()) credit[index] = (credit[index] ?? 0) + weight;
    const leader = credit.indexOf(Math.max(...credit));
    credit[leader] = (credit[leader] ?? 0) - total;
    leaders.push(leader);
  }
  return leaders;
}

/** From the highest round down, because a slot may need the verdicts of those above it. */
function decideAll(dag: Dag): ReferenceVerdict[] {
  const verdicts: ReferenceVerdict[] = dag.rounds.map(() => ({ kind: 'undecided' }));
  for (let round = dag.rounds.length - 1; round >= 1; round--) {
    verdicts[round] = direct(dag, round) ?? indirect(dag, round, verdicts);
  }
  return verdicts;
}

function weightOfAuthors(dag: Dag, statements: readonly Node[]): number {
  let weight = 0;
  for (const author of new Set(statements.map((node) => node.author))) weight += dag.weights[author] ?? 0;
  return weight;
}

function at(dag: Dag, round: number): readonly Node[] {
  return dag.rounds[round] ?? [];
}

function leadersOf(dag: Dag, round: number): Node[] {
  return at(dag, round).filter(({ author }) => author === dag.leaders[round]);
}

/** cert(C, L): the authors in C.prev that vote for L weigh a quorum. */
function certifies(dag: Dag, certificate: Node, leader: Node): boolean {
  const voters = certificate.prev.filter((voter) => voter.prev.includes(leader));
  return weightOfAuthors(dag, voters) >= dag.quorum;
}

function direct(dag: Dag, round: number): ReferenceVerdict | null {
  const blamers = at(dag, round + 1).filter((node) => !node.prev.some(({ author }) => author === dag.leaders[round]));
  const isSkipped = weightOfAuthors(dag, blamers) >= dag.quorum;
  const committed = leadersOf(dag, round).filter(
    (leader) =>
      weightOfAuthors(
        dag,
        at(dag, round + 2).filter((node) => certifies(dag, node, leader)),
      ) >= dag.quorum,
  );
  const [leader] = committed;
  if (committed.length > 1) return { kind: 'halt', why: `two certified leaders in slot ${round}` };
  if (leader === undefined) return isSkipped ? { kind: 'skip', how: 'direct' } : null;
  if (isSkipped) return { kind: 'halt', why: `slot ${round} is committed and skipped` };
  return { kind: 'commit', leader: leader.id, how: 'direct' };
}

function indirect(dag: Dag, round: number, verdicts: readonly ReferenceVerdict[]): ReferenceVerdict {
  let anchorRound = round + 3;
  while (verdicts[anchorRound]?.kind === 'skip') anchorRound++;
  const above = verdicts[anchorRound] ?? { kind: 'undecided' };
  if (above.kind === 'halt') return above;
  if (above.kind !== 'commit') return { kind: 'undecided' };
  let reached = new Set([present(dag.nodes.get(above.leader), 'a committed leader is in the DAG')]);
  for (let down = anchorRound; down > round + 2; down--) {
    reached = new Set([...reached].flatMap(({ prev }) => prev));
  }
  const certified = leadersOf(dag, round).filter((leader) => [...reached].some((node) => certifies(dag, node, leader)));
  const [leader] = certified;
  if (certified.length > 1) return { kind: 'halt', why: `two certificates below the anchor of slot ${round}` };
  return leader === undefined
    ? { kind: 'skip', how: 'indirect' }
    : { kind: 'commit', leader: leader.id, how: 'indirect' };
}

function commitPrefix(dag: Dag, verdicts: readonly ReferenceVerdict[], crypto: Crypto): ReferenceCommit[] {
  const commits: ReferenceCommit[] = [];
  const final = new Set([dag.genesisHash]);
  const seen = new Set<Node>();
  let time = dag.genesisTime;
  let digest = dag.genesisHash;
  for (const verdict of verdicts.slice(1)) {
    if (verdict.kind === 'undecided' || verdict.kind === 'halt') break;
    if (verdict.kind === 'skip') continue;
    const leader = present(dag.nodes.get(verdict.leader), 'a committed leader is in the DAG');
    const ids = orderOf(leader, coneOf(dag, leader, seen, final), crypto);
    for (const id of ids) final.add(id);
    const index = commits.length + 1;
    if (leader.prev.length > 0) time = Math.max(time, medianTime(dag, leader.prev));
    const bytes = new Writer(80 + 32 * ids.length).hex(digest).u64(index).hex(leader.id).u64(time);
    for (const id of ids) bytes.hex(id);
    digest = taggedHashHex(crypto, 'commit', bytes.finish());
    commits.push({ index, leader: leader.id, time: `${time}`, ids, digest });
  }
  return commits;
}

/**
 * Transactions of the leader's cone that are not final, each with its level. `seen` holds the statements of earlier
 * cones: what they cite is final already.
 */
function coneOf(dag: Dag, leader: Node, seen: Set<Node>, final: ReadonlySet<string>): Map<string, number> {
  const roots: string[] = [];
  const statements = [leader];
  for (let node = statements.pop(); node !== undefined; node = statements.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    roots.push(...node.tips);
    statements.push(...node.prev);
    if (node.self !== null) statements.push(node.self);
  }
  const levels = new Map<string, number>();
  // Depth first with an explicit stack: a transaction gets its level when both parents have theirs.
  const stack = roots;
  for (let id = stack.at(-1); id !== undefined; id = stack.at(-1)) {
    if (final.has(id) || levels.has(id)) {
      stack.pop();
      continue;
    }
    const parents = present(dag.parentsOf.get(id), `${id} is cited before its line`).filter(
      (parent) => !final.has(parent),
    );
    const waiting = parents.filter((parent) => !levels.has(parent));
    if (waiting.length > 0) {
      stack.push(...waiting);
      continue;
    }
    levels.set(id, parents.length === 0 ? 0 : 1 + Math.max(...parents.map((parent) => levels.get(parent) ?? 0)));
    stack.pop();
  }
  return levels;
}

function orderOf(leader: Node, levels: ReadonlyMap<string, number>, crypto: Crypto): string[] {
  const leaderId = fromHex(leader.id);
  return [...levels]
    .map(([id, level]) => ({ id, level, hash: taggedHashHex(crypto, 'order', leaderId, fromHex(id)) }))
    .sort((one, other) => one.level - other.level || (one.hash < other.hash ? -1 : 1))
    .map(({ id }) => id);
}

/** In ascending order, the first time at which the running weight, doubled, exceeds the whole. */
function medianTime(dag: Dag, statements: readonly Node[]): number {
  const weightOf = (node: Node): number => dag.weights[node.author] ?? 0;
  const ascending = [...statements].sort((one, other) => one.time - other.time);
  const whole = ascending.reduce((sum, node) => sum + weightOf(node), 0);
  let running = 0;
  const median = ascending.find((node) => (running += weightOf(node)) * 2 > whole);
  return present(median, 'a median of at least one statement').time;
}
