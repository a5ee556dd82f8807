/** The far side of a fuzzing thread: a fuzzer of its own, a chunk in, a result out. */
import { parentPort } from 'node:worker_threads';
import { present } from '@tangle/core/assert';
import { DagFuzzer, nullCrypto } from '@tangle/core/testing';
import { sha256 } from '../sha256.js';
import { type ChunkResult, type FuzzChunk, fuzzChunk } from './chunk.js';

/** What passes between the two sides. */
export type ToThread = FuzzChunk;
export type FromThread = ChunkResult;

const port = present(parentPort, 'started as a thread');
const fuzzer = new DagFuzzer(nullCrypto(sha256));
port.on('message', (chunk: ToThread) => {
  port.postMessage(fuzzChunk(fuzzer, chunk) satisfies FromThread);
});
