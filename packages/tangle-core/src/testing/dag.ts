/**
 * A small language that draws DAGs in text, after the one in Sui's consensus tests. One line, one thing:
 *
 *   tx t1                              a transaction on the genesis
 *   tx t3 <- t1 t2 @ 500               on two others, its clock 500 ms after the genesis time
 *   Round 1 : { * }                    a statement of everybody
 *   Round 2 : { A -> [*] {t1 t2} @ 900, BC -> [-D], D' -> [A1 B1 D1'], * }
 *
 * Authors are A, B, C, ... in genesis order; BC writes the same for B and for C; `*` stands for all authors the round does not name.
 * Primes name further versions of a statement: D', D''. In brackets stand the statements of the round below: `*` all
 * authors' first versions, -D all but those authors', D1' a version by name. Braces hold tips. Without a clock a statement of
 * round r is signed r * 100 ms after the genesis time; each prime adds one, so that versions differ. `self` follows: the own statement in prev, else the last own one of
 * an earlier round. A round may be drawn in several lines; `#` starts a comment.
 */
import { invariant, present } from '../assert.js';
import type { StatementId, TransactionId, ValidatorIndex } from '../ids.js';
import { signStatement } from '../model/sign.js';
import type { CheckedStatement } from '../model/statement.js';
import type { CheckedTransaction } from '../model/transaction.js';
import { type TestDevice, type TestNetwork, testDevice, testTransaction } from './fixtures.js';

export type DrawnVertex = CheckedTransaction | CheckedStatement;

export interface DrawnDag {
  /** In the order drawn, which is topological. */
  readonly vertices: readonly DrawnVertex[];
  /** By name: `t1`, `A3`, `D4'`. */
  statement(name: string): CheckedStatement;
  transaction(name: string): CheckedTransaction;
  /** The name of an id, for messages. */
  nameOf(id: string): string;
}

/** Between the clocks of two rounds, milliseconds. */
const ROUND_MS = 100;

/** Throws InvariantError, with the line, on text that is not in the language. */
export function drawDag(network: TestNetwork, text: string): DrawnDag {
  const drawing = new Drawing(network);
  for (const raw of text.split('\n')) {
    const line = raw.replace(/#.*/, '').trim();
    if (line !== '') drawing.draw(line);
  }
  return drawing;
}

class Drawing implements DrawnDag {
  readonly vertices: DrawnVertex[] = [];
  readonly #network: TestNetwork;
  readonly #device: TestDevice = testDevice('drawn');
  readonly #byName = new Map<string, DrawnVertex>();
  readonly #names = new Map<string, string>();
  /** First versions by round, then author. */
  readonly #firsts = new Map<number, Map<ValidatorIndex, CheckedStatement>>();
  /** Last statement drawn by each author. */
  readonly #last = new Map<ValidatorIndex, CheckedStatement[]>();
  #sequence = 0;

  constructor(network: TestNetwork) {
    this.#network = network;
  }

  statement(name: string): CheckedStatement {
    const vertex = this.#byName.get(name);
    invariant(vertex?.kind === 'statement', () => `no statement is called ${name}`);
    return vertex;
  }

  transaction(name: string): CheckedTransaction {
    const vertex = this.#byName.get(name);
    invariant(vertex?.kind === 'transaction', () => `no transaction is called ${name}`);
    return vertex;
  }

  nameOf(id: string): string {
    return this.#names.get(id) ?? id;
  }

  draw(line: string): void {
    const transaction = /^tx (\w+)(?: <- (\w+) (\w+))?(?: @ (-?\d+))?$/.exec(line);
    if (transaction !== null) {
      this.#drawTransaction(present(transaction[1], line), [transaction[2], transaction[3]], transaction[4]);
      return;
    }
    const round = /^Round (\d+) : \{(.*)\}$/.exec(line);
    invariant(round !== null, () => `not in the DAG language: ${line}`);
    this.#drawRound(Number(round[1]), present(round[2], line));
  }

  #drawTransaction(name: string, parents: readonly (string | undefined)[], clock: string | undefined): void {
    const genesis = this.#network.genesis;
    const ids = parents.map((parent) => (parent === undefined ? genesis.transactionId : this.transaction(parent).id));
    const transaction = testTransaction(this.#network, this.#device, {
      sequence: ++this.#sequence,
      parents: ids as [TransactionId, TransactionId],
      timestampMs: genesis.parameters.time + Number(clock ?? 0),
    });
    this.#add(name, transaction);
  }

  #drawRound(round: number, body: string): void {
    const named = new Set<ValidatorIndex>();
    for (const part of splitOutsideBrackets(body)) {
      const form = /^(\*|[A-Z]+)('*)(?: -> \[([^\]]*)\])?(?: \{([^}]*)\})?(?: @ (-?\d+))?$/.exec(part);
      invariant(form !== null, () => `not a statement of the DAG language: ${part}`);
      const [, who = '', primes = '', cited = '*', tips = '', clock] = form;
      const everybody = this.#network.signers.map((_, index) => index);
      const authors = who === '*' ? everybody.filter((author) => !named.has(author)) : Array.from(who, authorOf);
      for (const author of authors) {
        named.add(author);
        this.#drawStatement(round, author, primes, { cited, tips, clock });
      }
    }
  }

  #drawStatement(
    round: number,
    author: ValidatorIndex,
    primes: string,
    { cited, tips, clock }: { readonly cited: string; readonly tips: string; readonly clock: string | undefined },
  ): void {
    const { genesis, crypto, signers } = this.#network;
    const prev = this.#prev(round, words(cited));
    const own = prev.find((statement) => statement.author === author);
    const before = (this.#last.get(author) ?? []).filter((statement) => statement.round < round - 1).at(-1);
    const statement = signStatement(
      {
        network: genesis.network,
        epoch: 0,
        round,
        author,
        timestampMs: genesis.parameters.time + (clock === undefined ? round * ROUND_MS : Number(clock)) + primes.length,
        self: (own ?? before)?.id ?? null,
        prev: ascending(prev.map(({ id }) => id)),
        tips: ascending(words(tips).map((tip) => this.transaction(tip).id)),
      },
      present(signers[author], () => `no validator ${author}`),
      crypto,
    );
    this.#last.set(author, [...(this.#last.get(author) ?? []), statement]);
    const firsts = this.#firsts.get(round) ?? new Map<ValidatorIndex, CheckedStatement>();
    this.#firsts.set(round, firsts);
    if (!firsts.has(author)) firsts.set(author, statement);
    this.#add(`${letterOf(author)}${round}${primes}`, statement);
  }

  #prev(round: number, cited: readonly string[]): CheckedStatement[] {
    if (round === 1) return [];
    const firsts = this.#firsts.get(round - 1) ?? new Map<ValidatorIndex, CheckedStatement>();
    const named = cited.filter((word) => /^[A-Z]\d/.test(word)).map((word) => this.statement(word));
    const left = new Set(
      cited.filter((word) => word.startsWith('-')).flatMap((word) => Array.from(word.slice(1), authorOf)),
    );
    const takesAll = cited.includes('*') || left.size > 0;
    const byAuthor = new Map<ValidatorIndex, CheckedStatement>();
    if (takesAll) for (const [author, first] of firsts) if (!left.has(author)) byAuthor.set(author, first);
    for (const statement of named) byAuthor.set(statement.author, statement);
    return [...byAuthor.values()];
  }

  #add(name: string, vertex: DrawnVertex): void {
    invariant(!this.#byName.has(name), () => `${name} is drawn twice`);
    invariant(!this.#names.has(vertex.id), () => `${name} is the same as ${this.nameOf(vertex.id)}`);
    this.#byName.set(name, vertex);
    this.#names.set(vertex.id, name);
    this.vertices.push(vertex);
  }
}

function splitOutsideBrackets(body: string): string[] {
  return (body.match(/(?:\[[^\]]*\]|\{[^}]*\}|[^,[{])+/g) ?? [])
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function words(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

function authorOf(letter: string): ValidatorIndex {
  return letter.charCodeAt(0) - 65;
}

function letterOf(author: ValidatorIndex): string {
  return String.fromCharCode(65 + author);
}

function ascending<Id extends StatementId | TransactionId>(ids: Id[]): Id[] {
  return ids.sort();
}
