/** The page: takes two files, runs the checks, shows the report. It holds no other state and talks to nobody. */
import type { Genesis } from '@tangle/core/model';
import { judgeUnder, reportOf, trust } from '@tangle/audit';
import { nobleCrypto } from '@tangle/core/crypto';
import { readFile, sortFiles, type Picked, type PickedFile } from './files.js';
import { render } from './view.js';

type Role = keyof Picked;

type Verdict = ReturnType<typeof judgeUnder>;

const files: Record<Role, PickedFile | null> = { proof: null, genesis: null };
/** Of the genesis file; null before there is a good one. Its keys take longer to check than a proof: once is enough. */
let trusted: Genesis | null = null;
const notice = byId('notice');
const report = byId('report');

for (const role of ['proof', 'genesis'] as const) {
  const input = byId(`${role}-input`) as HTMLInputElement;
  input.addEventListener('change', () => {
    const [file] = input.files ?? [];
    // So that the same file, changed on the disk, can be picked again.
    if (file !== undefined) void take(async () => ({ ...files, [role]: await readFile(file) }));
    input.value = '';
  });
}

// Whatever is dropped where: the page sorts it, and the browser never leaves for it.
for (const kind of ['dragenter', 'dragover'] as const) {
  addEventListener(kind, (event) => {
    event.preventDefault();
    document.body.classList.add('dragging');
  });
}
addEventListener('dragleave', () => document.body.classList.remove('dragging'));
addEventListener('drop', (event) => {
  event.preventDefault();
  document.body.classList.remove('dragging');
  const dropped = [...(event.dataTransfer?.files ?? [])];
  if (dropped.length > 0) void take(() => sortFiles(dropped));
});

async function take(read: () => Promise<Picked>): Promise<void> {
  try {
    const picked = await read();
    for (const role of ['proof', 'genesis'] as const) accept(role, picked[role]);
    report.hidden = true;
    if (picked.genesis === null || acceptGenesis(picked.genesis)) check();
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
}

function accept(role: Role, file: PickedFile | null): void {
  if (file === null) return;
  files[role] = file;
  byId(`${role}-name`).textContent = file.name;
  byId(`${role}-slot`).classList.add('filled');
}

/** Whether it can be trusted to be a genesis at all; what is wrong with it is said at once. */
function acceptGenesis({ bytes }: PickedFile): boolean {
  const read = trust(bytes, nobleCrypto);
  trusted = read.ok ? read.value : null;
  if (read.ok) return true;
  show(read.reason, 0);
  say('This is no good genesis file.');
  return false;
}

function check(): void {
  if (trusted === null) {
    say("Now the network's genesis file.");
  } else if (files.proof === null) {
    say(`The genesis file is good: network ${trusted.name}, hash ${trusted.hash}. Now the proof file.`);
  } else {
    const startedMs = performance.now();
    const verdict = judgeUnder(trusted, files.proof.bytes, nobleCrypto);
    const tookMs = performance.now() - startedMs;
    show(verdict, tookMs);
    say(`Checked on this machine in ${Math.max(1, Math.round(tookMs))} ms.`);
  }
}

function show(verdict: Verdict, tookMs: number): void {
  report.replaceChildren(render(reportOf(verdict)));
  report.dataset['milliseconds'] = tookMs.toFixed(1);
  report.hidden = false;
  report.focus();
}

function say(text: string): void {
  notice.textContent = text;
  notice.hidden = false;
}

function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element ${id}`);
  return found;
}
