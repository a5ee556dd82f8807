/** What a proof file proves, in plain words: for the command line and for the page that needs no installation. */
export { FILE_BYTES_MAX, judge, judgeUnder, trust } from './judge.js';
export type { AuditInput } from './judge.js';
export { reportOf } from './report-of.js';
export type { AuditCheck, AuditFact, AuditReport, AuditTable } from './report.js';
