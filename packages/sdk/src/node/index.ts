/** What needs a file system or sockets: directory outboxes, key files, authorities of one's own, on Node and what is compatible with it. */
export { directoryBlobStore } from './directory-blob-store.js';
export { directoryOutbox } from './directory-outbox.js';
export { readKeyFile, writeKeyFile } from './key-file.js';
export type { KeyFile } from './key-file.js';
export { Administrator, Device, Reader } from './open.js';
export type { NodeDeviceOptions, NodeReaderOptions } from './open.js';
export { trustingFetch } from './trusting-fetch.js';
