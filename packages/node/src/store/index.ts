/** The durable store of a node. */
export { StoreError, RecordCorruptError } from './errors.js';
export type { StoreErrorCode } from './errors.js';
export type { ExportLine } from './export.js';
export { fsck } from './fsck.js';
export type { FsckOptions } from './fsck.js';
export { FINDINGS_MAX, REMEDIES } from './fsck-report.js';
export type { FsckCode, FsckFinding, FsckRemedy, FsckReport } from './fsck-report.js';
export { markFirstStart, STORE_FORMAT } from './identity.js';
export { LevelStore, openLevelStore } from './level-store.js';
export type { LevelStoreOptions } from './level-store.js';
export type { CommitTimeRange, LogRange } from './log-range.js';
export type { ReadingPage, StoredReading, TimeRange } from './reading-index.js';
export type { FinalTransaction } from './records.js';
export { setLedgerAside } from './set-aside.js';
