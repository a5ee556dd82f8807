/** A thread that runs tangles. */
import { serve } from '../threads/serve.js';
import { runTips, type TipsRun } from './result.js';

serve((run: TipsRun) => runTips(run, () => performance.now()));
