/** Answers to a recall (PROTOCOL 9): two halves from each peer, first its own newest statement, then the newest of ours. */
import type { ValidatorIndex } from '@tangle/core/ids';
import type { CheckedStatement } from '@tangle/core/model';
import { fail, ok, type Result } from '@tangle/core/result';
import type { WaitingEvent } from './inbox.js';
import type { PeerMessage } from './messages.js';
import type { VerifierPort } from './ports.js';

export class Recollections {
  readonly #verifier: VerifierPort;
  readonly #self: ValidatorIndex | null;
  /** First halves. */
  readonly #own = new Map<ValidatorIndex, CheckedStatement | null>();

  constructor(verifier: VerifierPort, self: ValidatorIndex | null) {
    this.#verifier = verifier;
    this.#self = self;
  }

  peerDown(peer: ValidatorIndex): void {
    this.#own.delete(peer);
  }

  /** The event that a second half completes, null for a first one; refuses what no honest peer sends. */
  take(
    peer: ValidatorIndex,
    { of, statement: bytes }: Extract<PeerMessage, { kind: 'recollection' }>,
  ): Result<WaitingEvent | null, string> {
    const checked = bytes === null ? null : this.#verifier.statement(bytes);
    const author = of === 'answerer' ? peer : this.#self;
    if (checked !== null && (!checked.ok || checked.value.author !== author)) {
      return fail('a recollection of another statement than asked for');
    }
    const statement = checked?.ok === true ? checked.value : null;
    if (of === 'answerer') {
      this.#own.set(peer, statement);
      return ok(null);
    }
    const own = this.#own.get(peer);
    this.#own.delete(peer);
    return ok(own === undefined ? null : { kind: 'recalled', from: peer, own, yours: statement });
  }
}
