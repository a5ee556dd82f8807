export { markCounts, mergeMarks, reportMarks, resetMarks, type MarkCounts, type MarksReport } from './counts.js';
export { MARK_NAMES, MARK_SENTENCES, type MarkName } from './marks.js';
export { MARK, reached, type Mark } from './reached.js';
