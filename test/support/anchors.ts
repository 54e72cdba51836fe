import { readFileSync } from 'node:fs';

/** A file of this repository, as text. */
export const readHere = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** The places in a Markdown file that a link can lead to, as GitHub and GitLab name them. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  const titles = [...markdown.matchAll(/^#{1,6} (.+)$/gm)].map((match) => match[1]!);
  return new Set(
    titles.map((title) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
