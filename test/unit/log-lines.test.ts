/** What a person sees of the processes' JSON lines. The launcher is plain JavaScript: it runs before anything is compiled. */
interface LogLines {
  linePrinter(
    name: string,
    options: { level: string; colour: boolean; write: (line: string) => void },
  ): (line: string, isError?: boolean) => void;
  readonly LINES_PER_SECOND_MAX: number;
}
const { linePrinter, LINES_PER_SECOND_MAX } = (await import(
  new URL('../../scripts/launch/log-lines.mjs', import.meta.url).href
)) as LogLines;

function shown(level: string, lines: readonly (readonly [line: string, isError?: boolean])[]): string[] {
  const out: string[] = [];
  const print = linePrinter('gateway', { level, colour: false, write: (line) => out.push(line.slice('hh:mm:ss '.length)) });
  for (const [line, isError] of lines) print(line, isError);
  return out;
}

test('a warning is one line with its facts; what every line has is left out', () => {
  const line = JSON.stringify({ level: 40, time: 1, pid: 7, hostname: 'x', part: 'gateway', msg: 'the hub is away', attempt: 3 });
  expect(shown('warn', [[line]])).toEqual(['gateway   warn  the hub is away  attempt=3']);
});

test('what is below the level is not shown', () => {
  expect(shown('warn', [['{"level":30,"msg":"hello"}'], ['plain text'], ['']])).toEqual([]);
  expect(shown('info', [['{"level":30,"msg":"hello"}'], ['plain text']])).toEqual(['gateway   hello', 'gateway   plain text']);
});

test('text on stderr counts as a warning, whatever its form', () => {
  expect(shown('warn', [['{"half a line', true]])).toEqual(['gateway   warn  {"half a line']);
});

test('a process that floods its log does not flood the terminal', () => {
  const lines = Array.from({ length: LINES_PER_SECOND_MAX * 3 }, (_, i) => [`{"level":50,"msg":"fault ${i}"}`] as const);
  expect(shown('warn', lines).length).toBeLessThanOrEqual(LINES_PER_SECOND_MAX * 2);
});
