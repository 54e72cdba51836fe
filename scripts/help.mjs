import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where somebody asks a script for `--help`: prints the comment at its head, and ends. @param url `import.meta.url` of the script */
export function helpOf(url) {
  const file = fileURLToPath(url);
  if (process.argv[1] !== file || !process.argv.slice(2).some((word) => word === '--help' || word === '-h')) return;
  const [, comment] = /^\/\*\*(.*?)\*\//s.exec(readFileSync(file, 'utf8'));
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\* ?/, '').trim());
  console.log(lines.join('\n').trim().replaceAll('`', ''));
  process.exit(0);
}
