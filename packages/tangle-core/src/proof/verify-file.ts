/** The whole of an offline check: a file of either kind and the text of a genesis file in, a verdict out. */
import type { Crypto } from '../crypto/crypto.js';
import type { Refusal } from '../codec/reasons.js';
import type { Genesis } from '../model/genesis.js';
import type { Result } from '../result.js';
import type { FailedCheck, PassedCheck } from './checks.js';
import type { ProofVerdict } from './verify.js';
import type { RangeVerdict } from './verify-range.js';
import { excerpt } from '../codec/reasons.js';
import { parseGenesis } from '../model/genesis.js';
import { fail } from '../result.js';
import { PROOF_HEADER } from './proof-file.js';
import { RANGE_HEADER } from './range-file.js';
import { verifyProof } from './verify.js';
import { verifyRangeBundle } from './verify-range.js';

export type Verdict =
  | ProofVerdict
  | RangeVerdict
  /** The genesis cannot be read, or the file is of neither kind. */
  | { readonly ok: false; readonly kind: null; readonly checks: readonly PassedCheck[]; readonly failed: FailedCheck };

/**
 * Verifies a proof file or a range bundle, whichever its first line says. `genesis` is the text of the genesis file, or
 * its parsed JSON; whoever verifies has it from a source they trust.
 *
 * @example
 * const verdict = verifyFile(file, genesis, nobleCrypto);
 * if (!verdict.ok) report(verdict.failed.check, verdict.failed.line, describeReason(verdict.failed.reason));
 */
export function verifyFile(file: string, genesis: string | object, crypto: Crypto): Verdict {
  const read = readGenesisFile(genesis, crypto);
  if (!read.ok) return { ok: false, kind: null, checks: [], failed: read.reason };
  return verifyFileUnder(file, read.value, crypto);
}

/**
 * The first half of `verifyFile`: checking the keys of a genesis takes longer than checking a proof, so whoever has many
 * files of one network reads it once.
 */
export function readGenesisFile(genesis: string | object, crypto: Crypto): Result<Genesis, FailedCheck> {
  const json = typeof genesis === 'string' ? parseJson(genesis) : genesis;
  const parsed = parseGenesis(json, crypto);
  if (parsed.ok && typeof genesis === 'string' && !saysNoMore(genesis, json)) {
    return fail({ check: 'genesis', reason: OTHER_FORM, line: null });
  }
  if (parsed.ok) return parsed;
  const reason = json === undefined ? { ...parsed.reason, field: 'genesis', found: 'no JSON' } : parsed.reason;
  return fail({ check: 'genesis', reason, line: null });
}

const OTHER_FORM: Refusal<'malformed'> = {
  code: 'malformed',
  field: 'genesis',
  found: 'a field twice, or a value in another form',
  allowed: 'each field once, as JSON is written by programs; spacing is free',
};

const STRING_OR_SPACE = /("(?:[^"\\]|\\.)*")|[ \t\r\n]+/g;

/**
 * Whether nothing stands in the text but the value and white space. JSON takes the last of a field that stands there
 * twice: what a person reads in the file must be what was checked.
 */
function saysNoMore(text: string, json: unknown): boolean {
  return text.replace(STRING_OR_SPACE, (_, string?: string) => string ?? '') === JSON.stringify(json);
}

/** The second half of `verifyFile`. */
export function verifyFileUnder(file: string, genesis: Genesis, crypto: Crypto): Verdict {
  const { name, hash } = genesis;
  const checks: PassedCheck[] = [{ check: 'genesis', detail: `network ${name}, hash ${hash}` }];
  const verdict = verifyByKind(file, genesis, crypto);
  if (verdict !== null) return { ...verdict, checks: [...checks, ...verdict.checks] };
  const reason = {
    code: 'malformed',
    field: 'first line',
    found: excerpt(file.split('\n', 1)[0] ?? ''),
    allowed: `${PROOF_HEADER} or ${RANGE_HEADER}`,
  };
  return { ok: false, kind: null, checks, failed: { check: 'file-form', reason, line: 1 } };
}

function verifyByKind(file: string, genesis: Genesis, crypto: Crypto): ProofVerdict | RangeVerdict | null {
  if (file.startsWith(`${PROOF_HEADER}\n`)) return verifyProof(file, genesis, crypto);
  if (file.startsWith(`${RANGE_HEADER}\n`)) return verifyRangeBundle(file, genesis, crypto);
  return null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What the parser says differs between engines; that it is no JSON is all there is to tell.
    return undefined;
  }
}
