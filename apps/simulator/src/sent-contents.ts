/** What messages give away of their sender: statements of its own, and what it claims to hold. */
import { KIND_STATEMENT } from '@tangle/core/codec';
import type { ValidatorIndex, VertexId } from '@tangle/core/ids';
import type { Statement } from '@tangle/core/model';
import type { PeerMessage, VerifierPort } from '@tangle/node/replica';
import type { Report } from './checkers/index.js';

export interface SentContent {
  readonly own: readonly Statement[];
  readonly named: readonly VertexId[];
}

export class SentContents {
  readonly #verifier: VerifierPort;
  readonly #report: Report;
  /** A message that goes to many peers is the same bytes: read once. */
  readonly #contents = new WeakMap<Uint8Array, SentContent>();

  /** @param report hears of messages that nobody can read. */
  constructor(verifier: VerifierPort, report: Report) {
    this.#verifier = verifier;
    this.#report = report;
  }

  read(message: Uint8Array, sender: ValidatorIndex): SentContent {
    const known = this.#contents.get(message);
    if (known !== undefined) return known;
    const decoded = this.#verifier.message(message);
    if (!decoded.ok) this.#report(`node ${sender} sends what nobody can read: ${decoded.reason}`);
    const content = decoded.ok ? this.#contentOf(decoded.value, sender) : { own: [], named: [] };
    this.#contents.set(message, content);
    return content;
  }

  #contentOf(message: PeerMessage, sender: ValidatorIndex): SentContent {
    switch (message.kind) {
      case 'vertices':
        return { own: message.vertices.flatMap((bytes) => this.#ownStatement(bytes, sender)), named: [] };
      case 'recollection':
        return { own: message.statement === null ? [] : this.#ownStatement(message.statement, sender), named: [] };
      case 'frontier':
        return { own: [], named: [...message.statements, ...message.open] };
      default:
        return { own: [], named: [] };
    }
  }

  #ownStatement(bytes: Uint8Array, sender: ValidatorIndex): Statement[] {
    if (bytes[1] !== KIND_STATEMENT) return [];
    const statement = this.#verifier.statement(bytes);
    return statement.ok && statement.value.author === sender ? [statement.value] : [];
  }
}
