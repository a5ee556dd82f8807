/** The log of a fake ledger: real leaves, a real tree, checkpoints with real signatures of its one validator. */
import type { StatementId, TransactionId } from '@tangle/core/ids';
import type { CertifiedHead, TreeHead } from '@tangle/core/log';
import type { Commit } from '@tangle/core/model';
import type { Answer, Held } from './fake-network.js';
import { toHex } from '@tangle/core/codec';
import { nobleCrypto } from '@tangle/core/crypto';
import {
  certifiedHead,
  checkpointNote,
  signLog,
  checkpointTextOf,
  CompactRange,
  cosign,
  encodeEntryBundle,
  leafHash,
  leavesOfCommit,
  networkKeys,
  parseTilePath,
} from '@tangle/core/log';
import { deviceIdOfIssuer } from '@tangle/core/model';
import { createProof } from '@tangle/core/proof';
import { genesis, problem, signer } from './fake-network.js';

/** Unix seconds of every cosignature. */
export const COSIGNED_AT = 1_769_860_800n;

/** The ledger that is logged. */
interface Logged {
  readonly transactions: ReadonlyMap<string, Held>;
  readonly order: readonly Held[];
  readonly certifiedSize: number;
}

export class FakeLog {
  readonly #ledger: Logged;

  constructor(ledger: Logged) {
    this.#ledger = ledger;
  }

  /** The head of the certified part. */
  head(): CertifiedHead {
    const { size, root } = this.#tree();
    const head: TreeHead = { size, root: toHex(root) as TreeHead['root'] };
    const signature = cosign(checkpointTextOf(head, networkKeys(genesis, nobleCrypto).origin), COSIGNED_AT, signer(2));
    return certifiedHead([{ ...head, validator: 0, signature }], genesis.committee);
  }

  checkpoint(): string {
    const head = this.head();
    const keys = networkKeys(genesis, nobleCrypto);
    return checkpointNote(head, keys, signLog(head, keys, 0, signer(3)));
  }

  proof(held: Held): string {
    const position = held.final?.position ?? 0;
    const { leaves, size, hashes } = this.#tree();
    const record = { leaf: leaves[position - 1]!, position: position - 1 };
    return createProof(
      { leaf: leaves[position]!, position, size, checkpoint: this.checkpoint(), record },
      hashes,
      nobleCrypto,
    );
  }

  /** The routes of a node's log; null for other paths. */
  serve(path: string, query: URLSearchParams): Answer | null {
    const text = (body: string): Answer => ({ status: 200, body, headers: { 'content-type': 'text/plain' } });
    const proofOf = /^\/v1\/transactions\/([0-9a-f]{64})\/proof$/.exec(path)?.[1];
    if (proofOf !== undefined) {
      const held = this.#ledger.transactions.get(proofOf);
      if (held === undefined) return problem(404, 'transaction-not-found');
      if (held.final === null) return problem(409, 'not-final', { 'retry-after': '0' });
      if (held.final.position >= this.#ledger.certifiedSize) {
        return problem(409, 'not-certified', { 'retry-after': '0' });
      }
      return text(this.proof(held));
    }
    if (path === '/checkpoint') {
      return this.#ledger.certifiedSize === 0 ? problem(404, 'nothing-certified') : text(this.checkpoint());
    }
    if (path === '/v1/log/range') return { status: 200, body: this.#range(query) };
    if (path.startsWith('/tile/')) return this.#tile(path.slice(1));
    return null;
  }

  #tile(path: string): Answer {
    const parsed = parseTilePath(path);
    if (!parsed.ok) return problem(404, 'tile-not-found');
    const resource = parsed.value;
    const { leaves, hashes } = this.#tree();
    const start = resource.index * 256;
    const body =
      resource.kind === 'entries'
        ? encodeEntryBundle(leaves.slice(start, start + resource.width))
        : Buffer.concat(
            Array.from({ length: resource.width }, (_, place) => hashes.hash(resource.level * 8, start + place)),
          );
    return { status: 200, body, headers: { 'content-type': 'application/octet-stream' } };
  }

  #range(query: URLSearchParams): unknown {
    const [fromMs, toMs] = ['from', 'to'].map((name) => Date.parse(query.get(name) ?? '')) as [number, number];
    const placed = this.#ledger.order.slice(0, this.#ledger.certifiedSize / 2).map(({ transaction, final }) => ({
      position: final?.position ?? 0,
      timeMs: Date.parse(final?.commitTime ?? ''),
      device: deviceIdOfIssuer(transaction.issuer),
    }));
    const before = placed.filter(({ timeMs }) => timeMs < fromMs);
    const beforeTo = placed.filter(({ timeMs }) => timeMs < toMs);
    const after = placed.filter(({ timeMs }) => timeMs >= toMs);
    const own = ({ device }: { device: string }): boolean => device === query.get('device');
    const recordOf = (place: { position: number } | undefined): number | null =>
      place === undefined ? null : place.position - 1;
    const items = beforeTo.filter(({ timeMs }) => timeMs >= fromMs).filter(own);
    const start = Number(query.get('cursor') ?? 0);
    return {
      items: items.slice(start, start + 2).map(({ position }) => position),
      next: start + 2 < items.length ? String(start + 2) : null,
      before: before.filter(own).at(-1)?.position ?? null,
      after: after.find(own)?.position ?? null,
      records: {
        beforeFrom: recordOf(before.at(-1)),
        beforeTo: recordOf(beforeTo.at(-1)),
        atTo: recordOf(after[0]),
      },
      certifiedSize: this.#ledger.certifiedSize,
    };
  }

  #tree() {
    const leaves = this.#ledger.order.slice(0, this.#ledger.certifiedSize / 2).flatMap(leavesOf);
    const nodes = new Map<string, Uint8Array>();
    const range = CompactRange.empty(nobleCrypto);
    for (const leaf of leaves) {
      range.append(leafHash(leaf, nobleCrypto), (level, index, hash) => nodes.set(`${level}/${index}`, hash));
    }
    const hashes = { hash: (level: number, index: number): Uint8Array => nodes.get(`${level}/${index}`)! };
    return { leaves, size: range.size, root: range.root(), hashes };
  }
}

/** Each transaction is a commit of its own. */
function leavesOf({ transaction, final }: Held): Uint8Array[] {
  if (final === null) return [];
  const { position, commitIndex, commitTime, outcome, issuerIndex } = final;
  const commit: Commit = {
    index: commitIndex,
    epoch: 0,
    round: commitIndex,
    leader: 'a1'.repeat(32) as StatementId,
    timeMs: Date.parse(commitTime),
    digest: genesis.hash,
    stateDigest: null,
    recordPosition: position - 1,
    entries: [{ id: transaction.id, position, issuer: transaction.issuer, issuerIndex, outcome, evidence: false }],
    statements: [],
  };
  return leavesOfCommit(commit, (_id: TransactionId) => transaction.bytes);
}
