/** Who may do what at a node's API: bearer tokens, their scopes, and the file that keeps their hashes. */
export { isScope, SCOPE_NAMES, SCOPES } from './scopes.js';
export type { Scope } from './scopes.js';
export {
  changeTokenFile,
  readBearerFile,
  readTokenFile,
  TOKEN_NAME_LENGTH_MAX,
  TOKENS_MAX,
  writeBearerFile,
} from './token-file.js';
export type { TokenRecord } from './token-file.js';
export { TokenTable } from './token-table.js';
export type { TokenVerdict, TokenVerifier } from './token-table.js';
export { newToken, tokenHash, tokenIdOf } from './token.js';
export type { NewToken } from './token.js';
