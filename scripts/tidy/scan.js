// Reads one source file without a compiler: which words are code, and what it imports.
// It knows comments, strings, templates and regular expressions, and nothing else of the grammar.

/**
 * @typedef {object} Import
 * @property {string} specifier as written
 * @property {number} line from 1
 * @property {boolean} typeOnly erased by the compiler
 */

const REGEXP_MAY_FOLLOW = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|of|in|throw|await|yield))\s*$/;

/**
 * The text with comments and the insides of strings, templates and regular expressions replaced by blanks.
 * Positions and line breaks stay where they were, so an index into the result is an index into the text.
 * @param {string} text
 * @returns {string}
 */
export function codeOnly(text) {
  const out = text.split('');
  /** @type {number[]} depth of braces at which each open template continues */
  const templates = [];
  let braces = 0;
  let at = 0;
  /** @param {number} from @param {number} to */
  const blank = (from, to) => {
    for (let index = from; index < to && index < out.length; index++) if (out[index] !== '\n') out[index] = ' ';
  };
  /** @param {number} from the index after the opening backtick or the closing brace */
  const template = (from) => {
    let end = from;
    while (end < text.length && text[end] !== '`' && !(text[end] === '$' && text[end + 1] === '{')) {
      end += text[end] === '\\' ? 2 : 1;
    }
    blank(from, end);
    if (text[end] !== '$') return end + 1;
    templates.push(braces);
    return end + 2;
  };
  while (at < text.length) {
    const char = text[at];
    if (char === '/' && text[at + 1] === '/') {
      const end = text.indexOf('\n', at);
      const stop = end === -1 ? text.length : end;
      blank(at, stop);
      at = stop;
    } else if (char === '/' && text[at + 1] === '*') {
      const end = text.indexOf('*/', at + 2);
      const stop = end === -1 ? text.length : end + 2;
      blank(at, stop);
      at = stop;
    } else if (char === '"' || char === "'") {
      const end = closing(text, at + 1, char);
      blank(at + 1, end);
      at = end + 1;
    } else if (char === '`') {
      at = template(at + 1);
    } else if (char === '/' && REGEXP_MAY_FOLLOW.test(out.slice(Math.max(0, at - 40), at).join(''))) {
      const end = closingRegExp(text, at + 1);
      blank(at + 1, end);
      at = end + 1;
    } else if (char === '}' && templates.length > 0 && templates.at(-1) === braces) {
      templates.pop();
      at = template(at + 1);
    } else {
      if (char === '{') braces++;
      if (char === '}') braces--;
      at++;
    }
  }
  return out.join('');
}

/** @param {string} text @param {number} from @param {string} quote */
function closing(text, from, quote) {
  let at = from;
  while (at < text.length && text[at] !== quote && text[at] !== '\n') at += text[at] === '\\' ? 2 : 1;
  return at;
}

/** @param {string} text @param {number} from */
function closingRegExp(text, from) {
  let at = from;
  let inClass = false;
  while (at < text.length && text[at] !== '\n' && (inClass || text[at] !== '/')) {
    if (text[at] === '[') inClass = true;
    if (text[at] === ']') inClass = false;
    at += text[at] === '\\' ? 2 : 1;
  }
  return at;
}

const FROM = /\b(?:import|export)\b([^'"`;(]*?)\bfrom\s*(['"])/g;
const BARE = /\bimport\s*(['"])/g;
const DYNAMIC = /\bimport\s*\(\s*(['"])/g;
const FILE_URL = /\bnew\s+URL\s*\(\s*(['"])[^'"]*['"]\s*,\s*import\.meta\.url/g;

/**
 * Every import of a file: static, re-export, dynamic with a literal, and `new URL('./x.js', import.meta.url)`,
 * which is how workers and child processes name their file.
 * @param {string} text
 * @returns {Import[]}
 */
export function importsOf(text) {
  const code = codeOnly(text);
  /** @type {Import[]} */
  const imports = [];
  for (const pattern of [FROM, BARE, DYNAMIC, FILE_URL]) {
    for (const match of code.matchAll(pattern)) {
      const quote = (pattern === FROM ? match[2] : match[1]) ?? "'";
      const start = match.index + match[0].indexOf(quote, pattern === FROM ? match[0].length - 1 : 0) + 1;
      const specifier = text.slice(start, code.indexOf(quote, start));
      if (pattern === FILE_URL && !specifier.startsWith('.')) continue;
      imports.push({ specifier, line: lineAt(text, match.index), typeOnly: pattern === FROM && isTypeOnly(match[1]) });
    }
  }
  return imports.toSorted((a, b) => a.line - b.line);
}

/** @param {string | undefined} clause what stands between `import` or `export` and `from` */
function isTypeOnly(clause) {
  const names = (clause ?? '').trim();
  if (/^type\b(?!\s*(?:,|$))/.test(names)) return true;
  const inBraces = /^\{([^}]*)\}$/.exec(names)?.[1];
  if (inBraces === undefined) return false;
  const items = inBraces.split(',').filter((item) => item.trim() !== '');
  return items.length > 0 && items.every((item) => /^\s*type\s+\w/.test(item));
}

/** @param {string} text @param {number} index */
export function lineAt(text, index) {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < index; at = text.indexOf('\n', at + 1)) line++;
  return line;
}
