/**
 * `npm run soak:kill -- --rounds 200 --seed 7`: the test that kills nodes under load, for as many rounds as one has time
 * for, in runs of some rounds each. What held is added to a file, so that runs of many days add up; it is printed by commit.
 */
import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    'rounds-a-run': { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    record: { type: 'string', default: 'soak-kill.jsonl' },
  },
});
const rounds = Number(values.rounds);
const roundsOfRun = Number(values['rounds-a-run']);
const scratch = mkdtempSync(path.join(tmpdir(), 'tangle-soak-'));
const commit = commitHere();

let done = 0;
for (let run = 0; done < rounds; run++) {
  const count = Math.min(roundsOfRun, rounds - done);
  const seed = `${values.seed}-${run}`;
  const file = path.join(scratch, `run-${run}.json`);
  process.stdout.write(`seed ${seed}: ${count} rounds, ${done} of ${rounds} done\n`);
  const code = await runOnce(count, seed, file);
  if (code !== 0 || !existsSync(file)) {
    const replay = `KILL_ROUNDS=${count} KILL_SEED=${seed} npx vitest run apps/cli/test/end-to-end/kill.test.ts`;
    process.stderr.write(`failed after ${done} rounds that held; replay: ${replay}\n`);
    process.exitCode = 1;
    break;
  }
  /** @type {unknown} */
  const held = JSON.parse(readFileSync(file, 'utf8'));
  appendFileSync(values.record, `${JSON.stringify({ at: new Date().toISOString(), commit, ...Object(held) })}\n`);
  done += count;
}
rmSync(scratch, { recursive: true, force: true });
if (existsSync(values.record)) printTotals(readFileSync(values.record, 'utf8'));

/** @param {number} count @param {string} seed @param {string} file @returns {Promise<number>} */
function runOnce(count, seed, file) {
  const test = ['vitest', 'run', 'apps/cli/test/end-to-end/kill.test.ts', '-t', 'survives kill -9'];
  const env = { ...process.env, KILL_ROUNDS: String(count), KILL_SEED: seed, KILL_RECORD: file };
  const vitest = spawn('npx', [...test, '--reporter', 'dot'], { stdio: ['ignore', 'ignore', 'inherit'], env });
  return new Promise((resolve) => {
    vitest.on('exit', (code) => resolve(code ?? 1));
  });
}

/** @param {string[]} parameters @returns {string} */
function git(...parameters) {
  return execFileSync('git', parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

/** @returns {string} */
function commitHere() {
  try {
    const head = git('rev-parse', '--short=12', 'HEAD').trim();
    const isChanged = git('status', '--porcelain', '-uno') !== '';
    return isChanged ? `${head}+changes` : head;
  } catch {
    // Not a checkout.
    return 'unknown';
  }
}

/** @param {string} text lines of the record */
function printTotals(text) {
  /** @type {Map<string, { rounds: number, kills: number, seenFinal: number, runs: number }>} */
  const totals = new Map();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const held = /** @type {{ commit: string, rounds: number, kills: number, seenFinal: number }} */ (JSON.parse(line));
    for (const name of [held.commit, 'all']) {
      const total = totals.get(name) ?? { rounds: 0, kills: 0, seenFinal: 0, runs: 0 };
      total.rounds += held.rounds;
      total.kills += held.kills;
      total.seenFinal += held.seenFinal;
      total.runs += 1;
      totals.set(name, total);
    }
  }
  for (const [name, { rounds: sum, kills, seenFinal, runs }] of totals) {
    process.stdout.write(
      `${name}: ${sum} rounds in ${runs} runs, ${kills} kills, ${seenFinal} transactions seen final, none lost, moved or changed\n`,
    );
  }
}
