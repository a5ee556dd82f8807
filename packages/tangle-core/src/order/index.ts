export { commitDigest, commitTime, type DigestedCommit } from './commit-digest.js';
export { linearize, type OrderedCone } from './linearize.js';
