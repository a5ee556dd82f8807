/**
 * The certifier: appends to the Merkle log what commits finalise, cosigns its sizes, and collects what the other
 * validators cosigned until a quorum certifies one (PROTOCOL 11). What it may sign and believe is decided by the
 * core's CosignerRule. Stepped once in each turn of the replica; everything it says belongs in that turn's batch
 * before anything of it leaves.
 */
import { invariant, present } from '@tangle/core/assert';
import { toHex } from '@tangle/core/codec';
import type { Crypto, Signer } from '@tangle/core/crypto';
import type { PersistRecord } from '@tangle/core/engine';
import type { Digest, UnixMs, ValidatorIndex } from '@tangle/core/ids';
import {
  checkpointTextOf,
  CompactRange,
  cosign,
  CosignerRule,
  leafHash,
  leavesOfCommit,
  networkKeys,
  TILE_HEIGHT,
  type CertifiedHead,
  type Cosignature,
  type CosignerEffect,
  type NetworkKeys,
  type TreeHead,
} from '@tangle/core/log';
import type { Genesis } from '@tangle/core/model';
import { fail, ok, type Result } from '@tangle/core/result';
import type { LogHead, LogRecord, RecoveredLog, TileHash, VerifierPort } from './ports.js';

/** Verified cosignatures of one validator that wait for a turn; the oldest give way: the largest size is what counts. */
export const COSIGNATURES_WAITING_MAX = 256;

/** The key that a validator cosigns with, and its place. */
export interface CosignerIdentity {
  readonly index: ValidatorIndex;
  readonly signer: Signer;
}

export interface CertifierOptions {
  readonly genesis: Genesis;
  readonly crypto: Crypto;
  /** Null for a node that collects, and cosigns nothing. */
  readonly cosigner: CosignerIdentity | null;
  readonly recovered: RecoveredLog;
  readonly verifier: Pick<VerifierPort, 'cosignature'>;
}

/** Two roots for one size under one cosigner's key: proof of a fault. */
export type CosignerEvidence = Omit<CosignerEffect & { readonly kind: 'evidence' }, 'kind'>;

/** What one turn makes of the log. */
export interface LogTurn {
  /** To be written in the turn's batch; null where nothing changed. */
  readonly record: LogRecord | null;
  /** Own cosignatures, to be sent to every peer once they are durable. */
  readonly cosigned: readonly Cosignature[];
  readonly evidence: readonly CosignerEvidence[];
  /** Set once: why nothing may be signed any more. */
  readonly halt: string | null;
}

export interface CertifierGauges {
  /** Leaves that a quorum certified, and this node's log has. */
  readonly certifiedSize: number;
  readonly waitingCosignatures: number;
  /** Sizes above the certified one of which cosignatures are held, those of each validator counted apart. */
  readonly heldSizes: number;
  readonly computedHeads: number;
}

const IDLE_TURN: LogTurn = { record: null, cosigned: [], evidence: [], halt: null };

type FinalisedCommit = PersistRecord & { readonly kind: 'commit' };

export class Certifier {
  readonly #options: CertifierOptions;
  readonly #keys: NetworkKeys;
  readonly #range: CompactRange;
  readonly #rule: CosignerRule;
  /** Verified and not counted yet, by validator, then by size and root. */
  readonly #waiting: Map<string, Cosignature>[];
  #head: TreeHead | null;
  #resumed = false;

  constructor(options: CertifierOptions) {
    const { genesis, crypto, cosigner, recovered } = options;
    const { head, cosigned, certified, published } = recovered;
    this.#options = options;
    this.#keys = networkKeys(genesis, crypto);
    this.#range = CompactRange.fromPeaks(head?.size ?? 0, head?.peaks ?? [], crypto);
    invariant(head === null || this.#root() === head.root, `the stored root of size ${head?.size} is not the tree's`);
    this.#head = head === null ? null : { size: head.size, root: head.root };
    this.#waiting = genesis.committee.validators.map(() => new Map<string, Cosignature>());
    const state = { lastCosigned: cosigned, certified, published, computed: head };
    this.#rule = new CosignerRule(genesis.committee, cosigner?.index ?? null, state);
  }

  /** The log as far as it is computed; null while it is empty. */
  get head(): TreeHead | null {
    return this.#head;
  }

  /** The largest head that a quorum certified, as far as this node knows: above its own log while it lags. */
  get certified(): CertifiedHead | null {
    return this.#rule.certified;
  }

  /** The largest certified head that the own log has too: what may be signed and served. */
  get published(): CertifiedHead | null {
    return this.#rule.published;
  }

  /** Whether a turn has something to do. */
  get hasWaiting(): boolean {
    if (!this.#resumed) return true;
    for (const cosignatures of this.#waiting) if (cosignatures.size > 0) return true;
    return false;
  }

  /** Whether the whole log is certified. */
  get isSettled(): boolean {
    return (this.#head?.size ?? 0) <= (this.#rule.certified?.size ?? 0);
  }

  get gauges(): CertifierGauges {
    return {
      certifiedSize: this.published?.size ?? 0,
      waitingCosignatures: this.#waiting.reduce((sum, cosignatures) => sum + cosignatures.size, 0),
      ...this.#rule.gauges,
    };
  }

  /** What anti-entropy offers: the certified head's cosignatures, and the newest of each validator above it. */
  offers(): Cosignature[] {
    const certified = this.#rule.certified?.cosignatures ?? [];
    return [...certified, ...this.#rule.newest().filter((cosignature) => !certified.includes(cosignature))];
  }

  /** Takes a peer's message up to the first cosignature that no honest peer sends, which is refused in words. */
  offer(cosignatures: readonly Cosignature[]): Result<void, string> {
    for (const cosignature of cosignatures) {
      const taken = this.#take(cosignature);
      if (!taken.ok) return taken;
    }
    return ok(undefined);
  }

  /** Takes the commits of a turn and all cosignatures that wait. Nothing of the answer may leave before it is durable. */
  turn(commits: readonly FinalisedCommit[], wallMs: UnixMs): LogTurn {
    // Nine turns of ten take in vertices and nothing of the log.
    if (commits.length === 0 && !this.hasWaiting) return IDLE_TURN;
    const before = { certified: this.certified, published: this.published };
    const turn = new TurnBuilder();
    if (!this.#resumed) this.#follow(this.#rule.resume(), turn, wallMs);
    this.#resumed = true;
    for (const commit of commits) this.#append(commit, turn, wallMs);
    for (const waiting of this.#waiting) {
      for (const cosignature of waiting.values()) {
        if (!this.#rule.halted) this.#follow(this.#rule.add(cosignature), turn, wallMs);
      }
      waiting.clear();
    }
    const { certified, published } = this;
    return turn.finish({
      growth: turn.tileHashes.length === 0 ? null : { head: this.#logHead(), tileHashes: turn.tileHashes },
      certified: certified === before.certified ? null : certified,
      published: published === before.published ? null : published,
    });
  }

  #take(cosignature: Cosignature): Result<void, string> {
    const { genesis, verifier } = this.#options;
    const { validator, size, root } = cosignature;
    const verdict = this.#rule.judge(cosignature);
    if (verdict === 'unknown-validator') return fail(`a cosignature of validator ${validator}, which there is not`);
    const waiting = this.#waiting[validator];
    const label = `${size}/${root}`;
    if (verdict !== 'verify' || waiting === undefined || waiting.has(label)) return ok(undefined);
    if (!verifier.cosignature(cosignature)) {
      const name = genesis.committee.validators[validator]?.name;
      return fail(`a cosignature of ${name} for size ${size} that does not verify`);
    }
    waiting.set(label, cosignature);
    const [oldest] = waiting.keys();
    if (waiting.size > COSIGNATURES_WAITING_MAX && oldest !== undefined) waiting.delete(oldest);
    return ok(undefined);
  }

  #append({ commit, finalTransactions }: FinalisedCommit, turn: TurnBuilder, wallMs: UnixMs): void {
    if (commit.recordPosition === null) return;
    const { crypto } = this.#options;
    invariant(commit.recordPosition === this.#range.size, `commit ${commit.index} does not follow on the log`);
    const bytesOf = new Map(finalTransactions.map(({ id, bytes }) => [id, bytes]));
    const leaves = leavesOfCommit(commit, (id) => present(bytesOf.get(id), `the body of ${id} comes with its commit`));
    for (const leaf of leaves) {
      this.#range.append(leafHash(leaf, crypto), (level, index, hash) => {
        if (level % TILE_HEIGHT === 0) turn.tileHashes.push({ level: level / TILE_HEIGHT, index, hash });
      });
    }
    this.#head = { size: this.#range.size, root: this.#root() };
    if (!this.#rule.halted) this.#follow(this.#rule.compute(this.#head), turn, wallMs);
  }

  /** Does what the rule asks for; an own cosignature is counted like any other, in the batch that makes it durable. */
  #follow(effects: readonly CosignerEffect[], turn: TurnBuilder, wallMs: UnixMs): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'cosign': {
          const cosignature = this.#cosign(effect.head, wallMs);
          turn.cosigned.push(cosignature);
          this.#follow(this.#rule.add(cosignature), turn, wallMs);
          break;
        }
        case 'evidence':
          turn.evidence.push(effect);
          break;
        case 'halt':
          turn.halt = this.#describe(effect);
          break;
        case 'certified':
          // Read off the rule at the end of the turn: of several only the newest counts.
          break;
      }
    }
  }

  #cosign(head: TreeHead, wallMs: UnixMs): Cosignature {
    const { index, signer } = present(this.#options.cosigner, 'only a cosigner is asked to cosign');
    const seconds = BigInt(Math.max(0, Math.floor(wallMs / 1_000)));
    return { ...head, validator: index, signature: cosign(checkpointTextOf(head, this.#keys.origin), seconds, signer) };
  }

  #describe({ code, own, against }: CosignerEffect & { readonly kind: 'halt' }): string {
    const { validators } = this.#options.genesis.committee;
    const others = against.map(({ validator, size, root }) => `${validators[validator]?.name} ${root} at size ${size}`);
    return `log-${code}: this node's log has root ${own.root} at size ${own.size}; against it: ${others.join(', ') || 'its own earlier cosignature'}`;
  }

  #logHead(): LogHead {
    return { ...present(this.#head, 'a log that grew has a head'), peaks: this.#range.peaks };
  }

  #root(): Digest {
    return toHex(this.#range.root()) as Digest;
  }
}

/** Collects what a turn makes. */
class TurnBuilder {
  readonly tileHashes: TileHash[] = [];
  readonly cosigned: Cosignature[] = [];
  readonly evidence: CosignerEvidence[] = [];
  halt: string | null = null;

  finish(changes: Pick<LogRecord, 'growth' | 'certified' | 'published'>): LogTurn {
    const { cosigned, evidence, halt } = this;
    const record: LogRecord = { kind: 'log', cosigned: cosigned.at(-1) ?? null, ...changes };
    const isEmpty = [record.growth, record.cosigned, record.certified, record.published].every((part) => part === null);
    return { record: isEmpty ? null : record, cosigned, evidence, halt };
  }
}
