/** A thread that fuzzes chunks, with a fuzzer of its own. */
import { DagFuzzer, nullCrypto } from '@tangle/core/testing';
import { sha256 } from '../sha256.js';
import { serve } from '../threads/serve.js';
import { type FuzzChunk, fuzzChunk } from './chunk.js';

const fuzzer = new DagFuzzer(nullCrypto(sha256));
serve((chunk: FuzzChunk) => fuzzChunk(fuzzer, chunk));
