/**
 * Bundles the page, with the core it checks with, into one HTML file that needs nothing else and may load nothing else:
 * style and script stand in it, and its policy names them by their hashes.
 */
import { createHash } from 'node:crypto';
import { defineConfig, type Plugin } from 'vite';

const PAGE = 'tangle-verifier.html';

/** Puts the one script and the one style sheet into the page, and drops their files. */
function selfContained(): Plugin {
  return {
    name: 'self-contained-page',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const page = bundle[PAGE];
      if (page?.type !== 'asset') throw new Error(`no ${PAGE} in the bundle`);
      let script = '';
      let style = '';
      for (const [name, file] of Object.entries(bundle)) {
        if (file === page) continue;
        if (file.type === 'chunk') script += file.code.trim();
        else if (name.endsWith('.css')) style += String(file.source).trim();
        else throw new Error(`${name} would be a file of its own`);
        delete bundle[name];
      }
      if (/<\/script|<!--/i.test(script)) throw new Error('the script would end or comment out its own element');
      const policy = [
        "default-src 'none'",
        `script-src '${hashOf(script)}'`,
        `style-src '${hashOf(style)}'`,
        "base-uri 'none'",
        "form-action 'none'",
      ].join('; ');
      // Functions, because a replacement text would give `$` a meaning. The policy comes before all that it governs.
      page.source = String(page.source)
        .replaceAll(/\s*<(?:link rel="(?:stylesheet|modulepreload)"[^>]*>|script type="module"[^>]*><\/script>)/g, '')
        .replace(/<meta charset="utf-8" \/>/, (charset) => {
          return `${charset}\n    <meta http-equiv="Content-Security-Policy" content="${policy}" />`;
        })
        .replace('</head>', () => `  <style>${style}</style>\n  </head>`)
        .replace('</body>', () => `  <script type="module">${script}</script>\n  </body>`);
    },
  };
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

export default defineConfig({
  root: 'src',
  logLevel: 'warn',
  // The sources of the workspace: what is built here depends on no other build.
  resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
  build: {
    outDir: '../dist',
    // The compiled index.ts lies there too.
    emptyOutDir: false,
    target: 'es2022',
    modulePreload: false,
    rolldownOptions: { input: `src/${PAGE}`, output: { codeSplitting: false } },
  },
  plugins: [selfContained()],
});
