export { Committer, type DecidedSlot } from './committer.js';
export type { Decision, UndecidedReason } from './decision.js';
export { LeaderSchedule } from './leader.js';
export { ANCHOR_DISTANCE, decideDirectly, decideIndirectly, type RuleView } from './rule.js';
export { AuthorTally, noteVotes } from './votes.js';
