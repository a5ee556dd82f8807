/**
 * The 938 Ed25519 vectors with the verdicts of rules R1 and R2, for the tests of every verifier. Where they come from:
 * SOURCE.md. The verdicts are those of the sources' own flags and measurements, not of our code.
 */
import { readFileSync } from 'node:fs';

export interface Ed25519Vector {
  /** File and number: `speccheck 3`. */
  readonly name: string;
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  /** Whether rule R1 accepts the signature. */
  readonly acceptedByR1: boolean;
  /** Whether R1 accepts the signature and R2 the key. */
  readonly acceptedByR1AndR2: boolean;
}

interface SpeccheckCase {
  readonly message: string;
  readonly pub_key: string;
  readonly signature: string;
}
interface TorsionCase extends SpeccheckCase {
  readonly libsodium: boolean;
  readonly strict: boolean;
}
interface CctvCase {
  readonly number: number;
  readonly key: string;
  readonly sig: string;
  readonly msg: string;
  readonly flags: readonly string[] | null;
}

/** The one vector of speccheck that R1 accepts; its key has mixed order, so R2 refuses it. */
const SPECCHECK_ACCEPTED_BY_R1 = 3;
/** What the equation of R1 cannot see: parts of small order that cancel out. */
const FLAGS_OF_R1 = new Set(['low_order_component_A', 'low_order_component_R']);

export const ed25519Vectors: readonly Ed25519Vector[] = [...speccheck(), ...cctv(), ...torsion()];

function speccheck(): Ed25519Vector[] {
  const cases = readJson('ed25519-speccheck.json') as readonly SpeccheckCase[];
  return cases.map((item, index) => ({
    ...bytesOf(item),
    name: `speccheck ${index}`,
    acceptedByR1: index === SPECCHECK_ACCEPTED_BY_R1,
    acceptedByR1AndR2: false,
  }));
}

function cctv(): Ed25519Vector[] {
  const cases = readJson('ed25519-cctv-914.json') as readonly CctvCase[];
  return cases.map((item) => {
    const flags = item.flags ?? [];
    return {
      name: `cctv ${item.number}`,
      publicKey: bytes(item.key, 'hex'),
      message: bytes(item.msg, 'utf8'),
      signature: bytes(item.sig, 'hex'),
      acceptedByR1: flags.every((flag) => FLAGS_OF_R1.has(flag)),
      acceptedByR1AndR2: flags.length === 0,
    };
  });
}

function torsion(): Ed25519Vector[] {
  const { cases } = readJson('ed25519-torsion-r.json') as { readonly cases: readonly TorsionCase[] };
  return cases.map((item, index) => ({
    ...bytesOf(item),
    name: `torsion ${index}`,
    acceptedByR1: item.libsodium,
    acceptedByR1AndR2: item.strict,
  }));
}

function bytesOf(item: SpeccheckCase): Pick<Ed25519Vector, 'publicKey' | 'message' | 'signature'> {
  return {
    publicKey: bytes(item.pub_key, 'hex'),
    message: bytes(item.message, 'hex'),
    signature: bytes(item.signature, 'hex'),
  };
}

function bytes(text: string, encoding: 'hex' | 'utf8'): Uint8Array {
  return new Uint8Array(Buffer.from(text, encoding));
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'));
}
