/** A thread that runs clusters. */
import { serve } from '../threads/serve.js';
import { type LatencyRun, runLatency } from './result.js';

serve((run: LatencyRun) => runLatency(run, () => performance.now()));
