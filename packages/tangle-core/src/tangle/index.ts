export { addAuthor, emptyAuthorSet, hasAuthor, type AuthorSet } from './author-set.js';
export type { FinishedStatement, History } from './history.js';
export { PendingArea, type PendingLimits, type PendingVertex } from './pending-area.js';
export { Tangle, type AcceptFailure, type TangleOptions } from './tangle.js';
export { StatementVertex, TransactionVertex, type Vertex } from './vertex.js';
