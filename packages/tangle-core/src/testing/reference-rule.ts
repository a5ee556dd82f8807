/**
 * PROTOCOL 5 a second time, from its text and from scratch: export lines in, verdicts and commits out. It shares no
 * code with src/confirmation and src/order but the hash and the writer, keeps no conclusion between calls, and takes
 * every line as valid. What the production rule computes step by step must equal this after every step (PROTOCOL 12.3).
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
  const reader = new ReferenceReader();
  for (const line of lines) reader.read(line);
  return reader.evaluate(crypto);
}

/**
 * The same for lines that come one after the other, with an evaluation now and then: a line is read once and a hash is
 * computed once, and every evaluation decides and orders everything from scratch.
 */
export class ReferenceReader {
  #genesis: (ReferenceLine & { readonly kind: 'genesis' }) | null = null;
  readonly #parentsOf = new Map<string, readonly string[]>();
  readonly #nodes = new Map<string, Node>();
  readonly #rounds: Node[][] = [[]];
  readonly #authors = new Map<string, number>();
  readonly #hashes: Hashes = new Map();

  read(line: ReferenceLine): void {
    if (line.kind === 'genesis') {
      this.#genesis = line;
      for (const [index, { key }] of line.committee.entries()) this.#authors.set(key, index);
    } else if (line.kind === 'transaction') {
      this.#parentsOf.set(line.id, line.parents);
    } else if (line.kind === 'statement') {
      invariant(line.epoch === 0, 'only the first epoch is evaluated');
      const node: Node = {
        id: line.id,
        round: Number(line.round),
        author: present(this.#authors.get(line.author), () => `${line.author} is no statement key`),
        time: Number(line.timestamp),
        self: line.self === null ? null : this.#known(line.self),
        prev: line.prev.map((id) => this.#known(id)),
        tips: line.tips,
      };
      this.#nodes.set(node.id, node);
      while (this.#rounds.length <= node.round) this.#rounds.push([]);
      present(this.#rounds[node.round], 'a list for each round').push(node);
    }
  }

  evaluate(crypto: Crypto): ReferenceResult {
    const dag = this.#dag();
    const verdicts = decideAll(dag);
    return { verdicts, commits: commitPrefix(dag, verdicts, this.#hashes, crypto) };
  }

  #known(id: string): Node {
    return present(this.#nodes.get(id), () => `${id} is cited before its line`);
  }

  #dag(): Dag {
    const genesis = this.#genesis;
    invariant(genesis !== null, 'an export starts with the genesis');
    const weights = genesis.committee.map(({ weight }) => weight);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return {
      genesisHash: genesis.hash,
      genesisTime: Number(genesis.params.time),
      weights,
      quorum: total - Math.floor((total - 1) / 3),
      parentsOf: this.#parentsOf,
      rounds: this.#rounds,
      nodes: this.#nodes,
      leaders: leaderSchedule(weights, total, this.#rounds.length),
    };
  }
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
  const counted: boolean[] = [];
  let weight = 0;
  for (const { author } of statements) {
    if (counted[author] === true) continue;
    counted[author] = true;
    weight += dag.weights[author] ?? 0;
  }
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
  const voters: Node[] = [];
  for (const voter of certificate.prev) if (voter.prev.includes(leader)) voters.push(voter);
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
    const below = new Set<Node>();
    for (const { prev } of reached) for (const node of prev) below.add(node);
    reached = below;
  }
  const certified = leadersOf(dag, round).filter((leader) => [...reached].some((node) => certifies(dag, node, leader)));
  const [leader] = certified;
  if (certified.length > 1) return { kind: 'halt', why: `two certificates below the anchor of slot ${round}` };
  return leader === undefined
    ? { kind: 'skip', how: 'indirect' }
    : { kind: 'commit', leader: leader.id, how: 'indirect' };
}

function commitPrefix(
  dag: Dag,
  verdicts: readonly ReferenceVerdict[],
  hashes: Hashes,
  crypto: Crypto,
): ReferenceCommit[] {
  const commits: ReferenceCommit[] = [];
  const final = new Set([dag.genesisHash]);
  const seen = new Set<Node>();
  let time = dag.genesisTime;
  let digest = dag.genesisHash;
  for (const verdict of verdicts.slice(1)) {
    if (verdict.kind === 'undecided' || verdict.kind === 'halt') break;
    if (verdict.kind === 'skip') continue;
    const leader = present(dag.nodes.get(verdict.leader), 'a committed leader is in the DAG');
    const ids = orderOf(leader, coneOf(dag, leader, seen, final), hashes, crypto);
    for (const id of ids) final.add(id);
    const index = commits.length + 1;
    if (leader.prev.length > 0) time = Math.max(time, medianTime(dag, leader.prev));
    digest = digestOf({ before: digest, index, leader: leader.id, time, ids }, hashes, crypto);
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
    for (const tip of node.tips) roots.push(tip);
    for (const cited of node.prev) if (!seen.has(cited)) statements.push(cited);
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
    const parents = present(dag.parentsOf.get(id), () => `${id} is cited before its line`).filter(
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

/** Hashes of an order key or a commit by the fields that are hashed, in words. */
type Hashes = Map<string, string>;

function hashOf(hashes: Hashes, fields: string, compute: () => string): string {
  let hash = hashes.get(fields);
  if (hash === undefined) {
    hash = compute();
    hashes.set(fields, hash);
  }
  return hash;
}

function digestOf(
  commit: {
    readonly before: string;
    readonly index: number;
    readonly leader: string;
    readonly time: number;
    readonly ids: readonly string[];
  },
  hashes: Hashes,
  crypto: Crypto,
): string {
  const { before, index, leader, time, ids } = commit;
  return hashOf(hashes, `commit ${before} ${index} ${leader} ${time} ${ids.join(' ')}`, () => {
    const bytes = new Writer(80 + 32 * ids.length).hex(before).u64(index).hex(leader).u64(time);
    for (const id of ids) bytes.hex(id);
    return taggedHashHex(crypto, 'commit', bytes.finish());
  });
}

function orderOf(leader: Node, levels: ReadonlyMap<string, number>, hashes: Hashes, crypto: Crypto): string[] {
  return [...levels]
    .map(([id, level]) => ({
      id,
      level,
      hash: hashOf(hashes, `order ${leader.id} ${id}`, () =>
        taggedHashHex(crypto, 'order', fromHex(leader.id), fromHex(id)),
      ),
    }))
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
