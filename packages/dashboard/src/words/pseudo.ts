const LETTERS: Readonly<Record<string, string>> = {
  a: 'á',
  e: 'é',
  i: 'í',
  o: 'ó',
  u: 'ú',
  A: 'Á',
  E: 'É',
  O: 'Ó',
  n: 'ñ',
  c: 'ç',
};

/** `[Áççépt~~]`: marked, and longer by a third, as German is. What stands in braces stays. */
function marked(text: string): string {
  const parts = text.split(/(\{\{[^}]*\}\})/);
  const said = parts.map((part, i) => (i % 2 === 1 ? part : part.replace(/[a-zA-Z]/g, (letter) => LETTERS[letter] ?? letter)));
  return `[${said.join('')}${'~'.repeat(Math.ceil(text.length / 3))}]`;
}

export function pseudo<Words extends Readonly<Record<string, Readonly<Record<string, string>>>>>(words: Words): Words {
  const areas = Object.entries(words).map(([area, said]) => [
    area,
    Object.fromEntries(Object.entries(said).map(([key, text]) => [key, marked(text)])),
  ]);
  return Object.fromEntries(areas) as Words;
}
