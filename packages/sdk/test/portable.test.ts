import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

/** Every file of this package that the main entry reaches. */
async function reachable(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const queue = [new URL('../src/index.ts', import.meta.url).href];
  for (let href = queue.pop(); href !== undefined; href = queue.pop()) {
    if (files.has(href)) continue;
    const text = await readFile(new URL(href), 'utf8');
    files.set(href, text);
    for (const [, target = ''] of text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)\.js'/g)) {
      queue.push(new URL(`${target}.ts`, href).href);
    }
  }
  return files;
}

it('reaches nothing of Node from the main entry, so that browsers, Deno and Bun can run it', async () => {
  const files = await reachable();
  expect(files.size).toBeGreaterThan(20);
  const allowed =
    /^(\.|@tangle\/core\/(assert|codec|crypto|ids|log|model|proof)$|@tangle\/telemetry$|eventsource-parser$)/;
  for (const [file, text] of files) {
    const targets = [...text.matchAll(/(?:^(?:import|export)[^;]*? from|^import|import\()\s*'([^']+)'/gm)].map(
      ([, target]) => target,
    );
    expect([file, targets.filter((target) => !allowed.test(target ?? ''))]).toEqual([file, []]);
    const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    expect([file, code.match(/\b(process\.\w|Buffer\.\w|require\(|__dirname|setImmediate|Math\.random)/)]).toEqual([
      file,
      null,
    ]);
  }
});
