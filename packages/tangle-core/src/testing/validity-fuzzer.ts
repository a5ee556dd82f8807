/**
 * Validity fuzzing (PROTOCOL 3): a random valid DAG, and vertices that break one rule each, signed by whoever may sign
 * them. Stateless checks and tangle together must refuse every one. One seed, one DAG.
 */
import { InvariantError, present } from '../assert.js';
import { LeaderSchedule } from '../confirmation/leader.js';
import type { Crypto } from '../crypto/crypto.js';
import type { StatementId, TransactionId } from '../ids.js';
import { signStatement, signTransaction } from '../model/sign.js';
import type { CheckedStatement, UnsignedStatement } from '../model/statement.js';
import type { CheckedTransaction } from '../model/transaction.js';
import type { Tangle } from '../tangle/tangle.js';
import { checkStatement, checkTransaction } from '../validation/stateless.js';
import { type TestNetwork, testNetwork } from './fixtures.js';
import { Follower } from './follower.js';
import { Prng } from './prng.js';
import { randomDag } from './random-dag.js';

/** Weights of the committees; seeds take them in turn. */
const COMMITTEES: readonly (readonly number[])[] = [
  [1, 1, 1, 1],
  [5, 1, 1],
  [4, 3, 3, 2, 1],
];
/** Statements of each DAG of which broken versions are made. */
const SAMPLES = 12;

/** Makes of a valid statement one that breaks a rule, or null where this one gives no occasion. */
type Breach = (statement: CheckedStatement, drawn: Drawn) => UnsignedStatement | null;

interface Drawn {
  readonly network: TestNetwork;
  readonly statements: readonly CheckedStatement[];
  readonly transactions: readonly CheckedTransaction[];
}

const BREACHES: Readonly<Record<string, Breach>> = {
  'S1 author': (statement, { network }) => ({ ...statement, author: network.genesis.committee.size }),
  'S2 quorum': (statement, { network, statements }) => {
    const { committee } = network.genesis;
    let weight = 0;
    const prev = prevOf(statement, statements).filter(({ author }) => {
      // As many as stay below the quorum; the own one first, or S3 would refuse it.
      const more = committee.weightOf(author);
      const isKept = weight + more < committee.quorum;
      if (isKept) weight += more;
      return isKept;
    });
    const keepsOwn = prev.some(({ author }) => author === statement.author);
    return statement.round < 2 || !keepsOwn ? null : { ...statement, prev: idsOf(prev) };
  },
  'S2 round': (statement, { statements }) => {
    const older = statements.find(({ round, author }) => round === statement.round - 2 && author !== statement.author);
    const rest = prevOf(statement, statements).filter(({ author }) => author !== older?.author);
    return older === undefined ? null : { ...statement, prev: idsOf([...rest, older]) };
  },
  'S2 distinct authors': (statement, { statements }) => {
    const prev = prevOf(statement, statements);
    const rival = statements.find(
      ({ round, author, id }) =>
        round === statement.round - 1 &&
        author !== statement.author &&
        prev.some((cited) => cited.author === author && cited.id !== id),
    );
    return rival === undefined ? null : { ...statement, prev: idsOf([...prev, rival]) };
  },
  'S3 author': (statement, { statements }) => {
    const own = prevOf(statement, statements).find(({ author }) => author === statement.author);
    const other = statements.find(({ round, author }) => round < statement.round - 1 && author !== statement.author);
    return own !== undefined || other === undefined ? null : { ...statement, self: other.id };
  },
  'S3 self in prev': (statement, { statements }) => {
    const own = prevOf(statement, statements).find(({ author }) => author === statement.author);
    return own === undefined ? null : { ...statement, self: null };
  },
  'S3 prev without self': (statement, { network, statements }) => {
    const { committee } = network.genesis;
    const rest = prevOf(statement, statements).filter(({ author }) => author !== statement.author);
    const weight = rest.reduce((sum, { author }) => sum + committee.weightOf(author), 0);
    const hasOwn = rest.length < statement.prev.length;
    return hasOwn && weight >= committee.quorum ? { ...statement, prev: idsOf(rest) } : null;
  },
  'S4 tips': (statement, { statements }) => {
    const other = statements.find(({ round }) => round < statement.round);
    const tip = other?.id as StatementId & TransactionId;
    return other === undefined ? null : { ...statement, tips: [...statement.tips, tip].sort() };
  },
  'closed store': (statement, { network }) => {
    const unknown = network.genesis.hash.replace(/^../, 'ff') as StatementId & TransactionId;
    return { ...statement, tips: [...statement.tips, unknown].sort() };
  },
};

export class ValidityFuzzer {
  readonly #networks: readonly TestNetwork[];

  /** @param crypto for hashing and modelled signatures. */
  constructor(crypto: Crypto) {
    this.#networks = COMMITTEES.map((weights, index) => testNetwork({ weights, name: `validity${index}`, crypto }));
  }

  /**
   * Draws one DAG and breaks a rule at a time. Throws InvariantError, saying which broken vertex was accepted.
   *
   * @param seed an integer from 0 to 2^32 - 1.
   */
  fuzz(seed: number): void {
    const prng = new Prng(seed);
    const network = present(this.#networks[seed % this.#networks.length], 'a committee for each seed');
    const schedule = new LeaderSchedule(network.genesis.committee);
    const { vertices } = randomDag(network, (round) => schedule.leaderOf(round), prng);
    const follower = new Follower(network);
    for (const vertex of vertices) follower.accept(vertex);
    const statements = vertices.filter((vertex) => vertex.kind === 'statement');
    const transactions = vertices.filter((vertex) => vertex.kind === 'transaction');
    const drawn = { network, statements, transactions };
    for (const statement of prng.shuffled(statements).slice(0, SAMPLES)) {
      this.#breakStatement(statement, drawn, follower.tangle);
    }
    const transaction = prng.pick(transactions);
    if (transaction !== undefined) this.#breakTransaction(transaction, drawn, follower.tangle);
  }

  #breakStatement(statement: CheckedStatement, drawn: Drawn, tangle: Tangle): void {
    const { genesis, crypto, signers } = drawn.network;
    const { network, transactionId: genesisId, committee, parameters } = genesis;
    const context = { network, genesisId, epoch: 0, committee, maxTips: parameters.maxTips };
    const check = (rule: string, bytes: Uint8Array): void => {
      const checked = checkStatement(bytes, context, crypto);
      if (!checked.ok || !tangle.acceptStatement(checked.value).ok) return;
      throw new InvariantError(`a statement of round ${statement.round} was accepted that breaks ${rule}`);
    };
    for (const [rule, breach] of Object.entries(BREACHES)) {
      const broken = breach(statement, drawn);
      const signer = present(signers[statement.author], 'a signer for each validator');
      if (broken !== null) check(rule, signStatement(broken, signer, crypto).bytes);
    }
    check('S1 signature', withSignatureChanged(statement.bytes));
  }

  #breakTransaction(transaction: CheckedTransaction, { network, statements }: Drawn, tangle: Tangle): void {
    const { genesis, crypto, administrator } = network;
    const { transactionId: genesisId, parameters } = genesis;
    const context = { network: genesis.network, genesisId, maxPayload: parameters.maxPayload };
    const statement = present(statements[0], 'a DAG has statements').id as StatementId & TransactionId;
    const parents: Readonly<Record<string, readonly [TransactionId, TransactionId]>> = {
      'T2 a statement as parent': [transaction.id, statement],
      'T2 the same parent twice': [transaction.id, transaction.id],
    };
    for (const [rule, broken] of Object.entries(parents)) {
      const unsigned = { ...transaction, issuerKey: administrator.signer.publicKey, parents: broken };
      const { bytes } = signTransaction(unsigned, administrator.signer, crypto);
      const checked = checkTransaction(bytes, context, crypto);
      if (!checked.ok || !tangle.acceptTransaction(checked.value).ok) continue;
      throw new InvariantError(`a transaction was accepted that breaks ${rule}`);
    }
    if (checkTransaction(withSignatureChanged(transaction.bytes), context, crypto).ok) {
      throw new InvariantError('a transaction was accepted whose signature does not verify');
    }
  }
}

function prevOf(statement: CheckedStatement, statements: readonly CheckedStatement[]): CheckedStatement[] {
  const cited = statements.filter(({ id }) => statement.prev.includes(id));
  return cited.sort(
    (left, right) => Number(right.author === statement.author) - Number(left.author === statement.author),
  );
}

function idsOf(statements: readonly CheckedStatement[]): StatementId[] {
  return statements.map(({ id }) => id).sort();
}

/** The signature comes last. */
function withSignatureChanged(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes, (byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte));
}
