/** What tests and the simulator share: modelled crypto, fixtures, drawn and random DAGs, a memory store, a second rule. */
export { drawDag, type DrawnDag, type DrawnVertex } from './dag.js';
export { addFuzzCounts, DagFuzzer, FUZZ_COUNTS, type FuzzCounts, type FuzzedDag, noFuzzCounts } from './dag-fuzzer.js';
export { genesisLine, vertexLine } from './export-lines.js';
export {
  registration,
  seedOf,
  TEST_GENESIS_MS,
  testDevice,
  type TestDevice,
  testNetwork,
  type TestNetwork,
  type TestNetworkOptions,
  testTransaction,
  type TestTransactionFields,
} from './fixtures.js';
export { Follower } from './follower.js';
export { LedgerFuzzer } from './ledger-fuzzer.js';
export { MemoryStore } from './memory-store.js';
export { nullCrypto, nullSigner, type Sha256 } from './null-crypto.js';
export { PacemakerFuzzer } from './pacemaker-fuzzer.js';
export { Prng } from './prng.js';
export { randomDag, type RandomDag } from './random-dag.js';
export {
  evaluateExport,
  ReferenceReader,
  type ReferenceCommit,
  type ReferenceLine,
  type ReferenceResult,
  type ReferenceVerdict,
} from './reference-rule.js';
export { ReferenceLedger, type ReferenceExecution } from './reference-ledger.js';
export { ValidityFuzzer } from './validity-fuzzer.js';
export { randomArrival, randomSubView } from './views.js';
