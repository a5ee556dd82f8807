/** What needs a file system: directory outboxes and key files, on Node and what is compatible with it. */
export { directoryBlobStore } from './directory-blob-store.js';
export { directoryOutbox } from './directory-outbox.js';
export { readKeyFile, writeKeyFile } from './key-file.js';
export type { KeyFile } from './key-file.js';
export { Administrator, Device } from './open.js';
export type { NodeDeviceOptions } from './open.js';
